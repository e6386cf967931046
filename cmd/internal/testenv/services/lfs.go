package services

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// LFS keeps large files by the batch API of Git LFS, for whoever presents an access
// token of one account as the password
// (https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md).
type LFS struct {
	// URL and Host are where it listens, on loopback.
	URL, Host string

	iam     *iamtest.Server
	account string

	mu     sync.Mutex
	stored map[string][]byte
	let    map[string]bool
}

// NewLFS starts one, until the stand-in closes.
func NewLFS(s *iamtest.Server, account string) (*LFS, error) {
	l := &LFS{iam: s, account: account, stored: map[string][]byte{}, let: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /objects/batch", l.batch)
	mux.HandleFunc("PUT /data/{oid}", l.put)
	mux.HandleFunc("GET /data/{oid}", l.get)
	var err error
	l.URL, err = s.Serve(l.login(mux), false)
	l.Host = strings.TrimPrefix(l.URL, "http://")
	return l, err
}

// Objects is how many files it has.
func (l *LFS) Objects() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.stored)
}

// Users are the Basic user names that were let in.
func (l *LFS) Users() map[string]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.let)
}

func (l *LFS) login(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		principal, _, ok := l.iam.Inspect(password)
		if !ok || principal != l.account {
			w.Header().Set("LFS-Authenticate", `Basic realm="lfs"`)
			w.Header().Set("WWW-Authenticate", `Basic realm="lfs"`)
			http.Error(w, `{"message":"credentials needed"}`, http.StatusUnauthorized)
			return
		}
		l.mu.Lock()
		l.let[user] = true
		l.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

type lfsObject struct {
	OID     string                       `json:"oid"`
	Size    int64                        `json:"size"`
	Actions map[string]map[string]string `json:"actions,omitempty"`
}

func (l *LFS) batch(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Operation string      `json:"operation"`
		Objects   []lfsObject `json:"objects"`
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for i, o := range asked.Objects {
		asked.Objects[i].Actions = map[string]map[string]string{asked.Operation: {"href": l.URL + "/data/" + o.OID}}
	}
	w.Header().Set("Content-Type", "application/vnd.git-lfs+json")
	_ = json.NewEncoder(w).Encode(map[string]any{"transfer": "basic", "objects": asked.Objects})
}

func (l *LFS) put(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stored[r.PathValue("oid")] = b
}

func (l *LFS) get(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	b, ok := l.stored[r.PathValue("oid")]
	l.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(b)
}

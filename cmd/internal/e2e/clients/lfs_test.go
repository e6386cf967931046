package clients

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// lfsServer keeps large files by the batch API of Git LFS, for whoever presents
// an access token as the password
// (https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md).
type lfsServer struct {
	url, host string
	iam       *iamtest.Server

	mu     sync.Mutex
	stored map[string][]byte
	let    map[string]bool
}

func newLFS(t *testing.T, s *iamtest.Server) *lfsServer {
	l := &lfsServer{iam: s, stored: map[string][]byte{}, let: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /objects/batch", l.batch)
	mux.HandleFunc("PUT /data/{oid}", l.put)
	mux.HandleFunc("GET /data/{oid}", l.get)
	server := httptest.NewServer(l.login(mux))
	t.Cleanup(server.Close)
	l.url, l.host = server.URL, strings.TrimPrefix(server.URL, "http://")
	return l
}

func (l *lfsServer) objects() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.stored)
}

// users are the Basic user names that were let in.
func (l *lfsServer) users() map[string]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.let)
}

func (l *lfsServer) login(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		principal, _, ok := l.iam.Inspect(password)
		if !ok || principal != deployer {
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

func (l *lfsServer) batch(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Operation string      `json:"operation"`
		Objects   []lfsObject `json:"objects"`
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for i, o := range asked.Objects {
		asked.Objects[i].Actions = map[string]map[string]string{asked.Operation: {"href": l.url + "/data/" + o.OID}}
	}
	w.Header().Set("Content-Type", "application/vnd.git-lfs+json")
	_ = json.NewEncoder(w).Encode(map[string]any{"transfer": "basic", "objects": asked.Objects})
}

func (l *lfsServer) put(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stored[r.PathValue("oid")] = b
}

func (l *lfsServer) get(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	b, ok := l.stored[r.PathValue("oid")]
	l.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(b)
}

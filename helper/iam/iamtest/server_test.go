package iamtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

const (
	target   = "target@demo-project.iam.gserviceaccount.com"
	middle   = "middle@demo-project.iam.gserviceaccount.com"
	second   = "second@demo-project.iam.gserviceaccount.com"
	stranger = "stranger@demo-project.iam.gserviceaccount.com"
	alice    = "alice@example.com"
)

func newServer(t *testing.T, opts Options) *Server {
	t.Helper()
	s, err := NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// granted is a Server where alice may do everything as target.
func newGranted(t *testing.T) *Server {
	t.Helper()
	s := newServer(t, Options{})
	s.User(alice)
	s.ServiceAccount(target)
	s.Grant("user:"+alice, RoleTokenCreator, target)
	return s
}

// answer is a reply as a client sees it.
type answer struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

func (a answer) reason() string {
	e, _ := a.json["error"].(map[string]any)
	details, _ := e["details"].([]any)
	for _, d := range details {
		if r, ok := d.(map[string]any)["reason"].(string); ok {
			return r
		}
	}
	return ""
}

func send(t *testing.T, s *Server, r *http.Request) answer {
	t.Helper()
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(body)}
	_ = json.Unmarshal(body, &a.json)
	return a
}

func methodRequest(t *testing.T, s *Server, bearer, account, verb, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		s.URL+"/v1/projects/-/serviceAccounts/"+account+":"+verb, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	r.Header.Set("Content-Type", "application/json")
	return r
}

func call(t *testing.T, s *Server, bearer, account, verb, body string) answer {
	t.Helper()
	return send(t, s, methodRequest(t, s, bearer, account, verb, body))
}

func postForm(t *testing.T, s *Server, path string, form url.Values) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return send(t, s, r)
}

func get(t *testing.T, s *Server, address string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return send(t, s, r)
}

const oneScope = `{"scope":["` + ScopeCloudPlatform + `"]}`

func TestTLS(t *testing.T) {
	s := newServer(t, Options{TLS: true, Hosts: []string{"iam.example.com"}})
	s.ServiceAccount(target)
	a := call(t, s, s.AccessToken(alice, time.Hour), target, "generateAccessToken", oneScope)
	if a.status != 401 { // alice does not exist
		t.Errorf("status %d, want 401", a.status)
	}
	if got := s.Log()[0].Proto; got != "HTTP/2.0" {
		t.Errorf("protocol %s, want HTTP/2.0", got)
	}
	path, err := s.CAFile()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, s.CAPEM) {
		t.Errorf("CAFile: %v", err)
	}
	if _, err := http.Get(s.URL); err == nil {
		t.Error("a client without the authority was let in")
	}
	plain := get(t, s, "http://"+s.MetadataHost()+"/")
	if plain.header.Get("Metadata-Flavor") != "Google" {
		t.Error("metadata server is not on plain http")
	}
	s.Close()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("CAFile after Close: %v", err)
	}
}

func TestClockAndDate(t *testing.T) {
	fixed := time.Date(2031, 2, 3, 4, 5, 6, 700, time.UTC)
	s := newServer(t, Options{Now: func() time.Time { return fixed }})
	s.User(alice)
	s.ServiceAccount(target)
	s.Grant(alice, RoleTokenCreator, target)
	bearer := s.AccessToken(alice, 2*time.Hour)
	a := call(t, s, bearer, target, "generateAccessToken", oneScope)
	if got, want := a.json["expireTime"], "2031-02-03T05:05:06Z"; got != want {
		t.Errorf("expireTime %v, want %v", got, want)
	}
	if got, want := a.header.Get("Date"), "Mon, 03 Feb 2031 04:05:06 GMT"; got != want {
		t.Errorf("Date %q, want %q", got, want)
	}
	token, _ := a.json["accessToken"].(string)
	if who, ok := s.Principal(token); !ok || who != target {
		t.Errorf("Principal = %q, %v", who, ok)
	}
	s.SetSkew(time.Hour)
	if _, ok := s.Principal(token); ok {
		t.Error("token outlived its expireTime")
	}
	s.SetSkew(0)
	s.SetClock(nil)
	if d := time.Since(s.Now()).Abs(); d > time.Minute {
		t.Errorf("real clock is %s away", d)
	}
}

func TestLogAndConnections(t *testing.T) {
	s := newGranted(t)
	client, bearer := s.Client(), s.AccessToken(alice, time.Hour)
	for range 2 {
		r := methodRequest(t, s, bearer, s.ServiceAccount(target).UniqueID, "generateIdToken", `{"audience":"a"}`)
		r.Header.Set("X-Goog-User-Project", "quota")
		r.Header.Set("X-Goog-Request-Reason", "because")
		r.Header.Set("User-Agent", "test/1")
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
	log := s.Log("generateIdToken")
	if len(log) != 2 || s.Calls() != 2 || s.Calls("signBlob") != 0 || s.Connections() != 1 {
		t.Fatalf("log %d, calls %d, connections %d", len(log), s.Calls(), s.Connections())
	}
	c := log[0]
	if !c.NewConnection || log[1].NewConnection {
		t.Error("only the first call was on a new connection")
	}
	if c.Principal != alice || c.Target != target || c.Audience != "a" || c.Status != 200 {
		t.Errorf("call %+v", c)
	}
	if c.Header("x-goog-user-project") != "quota" || c.Header("X-Goog-Request-Reason") != "because" || c.Header("user-agent") != "test/1" {
		t.Errorf("headers %v", c.Headers)
	}
	if text := mustJSON(log); strings.Contains(text, bearer) {
		t.Error("the log holds a token")
	}
	s.ResetCalls()
	if s.Calls() != 0 || s.Connections() != 0 {
		t.Error("ResetCalls left something")
	}
}

func TestControl(t *testing.T) {
	s := newServer(t, Options{Control: true})
	post := func(path, body string) answer {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		return send(t, s, r)
	}
	if a := post("/_test/fail", `{"method":"metadata","status":503,"times":-1}`); a.status != 200 {
		t.Fatal(a.body)
	}
	if a := get(t, s, s.URL+"/"); a.status != 503 {
		t.Errorf("fault was not set: %d", a.status)
	}
	post("/_test/clear", "")
	if a := get(t, s, s.URL+"/"); a.status != 200 {
		t.Errorf("fault was not cleared: %d", a.status)
	}
	var calls []Call
	if err := json.Unmarshal([]byte(get(t, s, s.URL+"/_test/calls?method=metadata").body), &calls); err != nil || len(calls) != 2 {
		t.Errorf("calls %v, %v", calls, err)
	}
	post("/_test/reset", "")
	post("/_test/skew?by=2h", "")
	if s.Calls() != 0 || time.Until(s.Now()) < time.Hour {
		t.Error("reset or skew did nothing")
	}
	for _, bad := range []string{"/_test/fail", "/_test/skew?by=x", "/_test/else"} {
		if a := post(bad, "{"); a.status == 200 {
			t.Errorf("POST %s was accepted", bad)
		}
	}
	off := newServer(t, Options{})
	if a := get(t, off, off.URL+"/_test/calls"); a.status != 404 {
		t.Errorf("control is on without being asked: %d", a.status)
	}
}

func TestCloseFreesHangingRequests(t *testing.T) {
	s := newServer(t, Options{})
	s.Fail(Fault{Hang: true})
	ended := make(chan error, 1)
	go func() {
		res, err := s.Client().Get(s.URL + "/")
		if err == nil {
			res.Body.Close()
		}
		ended <- err
	}()
	for s.Calls() == 0 {
		time.Sleep(time.Millisecond)
	}
	s.Close()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("a hanging request was answered")
		}
	case <-time.After(time.Minute):
		t.Error("Close left a request hanging")
	}
}

func TestLatency(t *testing.T) {
	s := newServer(t, Options{Latency: 30 * time.Millisecond})
	start := time.Now()
	postForm(t, s, "/token", url.Values{})
	if d := time.Since(start); d < 30*time.Millisecond {
		t.Errorf("answered after %s", d)
	}
}

func basicHeader(user, password string) string {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(user, password)
	return r.Header.Get("Authorization")
}

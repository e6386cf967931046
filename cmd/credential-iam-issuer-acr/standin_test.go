package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/issuer/issuertest"
)

const (
	email    = "pusher@project.iam.gserviceaccount.com"
	tenant   = "11111111-2222-3333-4444-555555555555"
	client   = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
	access   = "entra-access-token"
	registry = "registry-access-token"
)

// entra stands in for Microsoft Entra: one tenant, one application, and its one
// federated credential.
type entra struct {
	google *iamtest.Server

	mu sync.Mutex
	// subject and audience are those of the federated credential.
	subject, audience string
	// code is an AADSTS error to answer with, status its HTTP status.
	code   string
	status int
	calls  []string
	// endless has it answer without an end, and streamed counts what it wrote.
	endless  bool
	streamed atomic.Int64
}

func (e *entra) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.endless {
		issuertest.Stream(w, r, &e.streamed)
		return
	}
	e.calls = append(e.calls, r.Method+" "+r.URL.Path)
	base := "https://" + r.Host + "/" + tenant
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/" + tenant + "/v2.0/.well-known/openid-configuration":
		_ = json.NewEncoder(w).Encode(map[string]string{
			"issuer": base + "/v2.0", "token_endpoint": base + "/oauth2/v2.0/token", "authorization_endpoint": base + "/oauth2/v2.0/authorize",
		})
	case "/" + tenant + "/oauth2/v2.0/token":
		if code, text := e.check(r); code != "" {
			w.WriteHeader(max(e.status, http.StatusBadRequest))
			_ = json.NewEncoder(w).Encode(map[string]string{
				"error": "invalid_client", "error_description": code + ": " + text + " Trace ID: 1 Correlation ID: 2 Timestamp: 3",
			})
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": access})
	default:
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_tenant", "error_description": "AADSTS90002: Tenant not found."})
	}
}

// check verifies the assertion as Entra does: signature and issuer of Google,
// then subject and audience of the federated credential.
func (e *entra) check(r *http.Request) (code, text string) {
	_ = r.ParseForm()
	f := r.PostForm
	if e.code != "" {
		return e.code, "as told"
	}
	if f.Get("grant_type") != "client_credentials" || f.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || f.Get("client_secret") != "" {
		return "AADSTS900144", "The request body is wrong."
	}
	if f.Get("client_id") != client {
		return "AADSTS700016", "Application not found in the directory."
	}
	claims, err := e.google.VerifyIDToken(f.Get("client_assertion"), e.audience)
	switch {
	case err != nil && strings.Contains(err.Error(), "audience"):
		return "AADSTS700212", "No matching federated identity record found for presented assertion audience."
	case err != nil:
		return "AADSTS50027", err.Error()
	case claims.String("sub") != e.subject || claims.String("email") != email:
		return "AADSTS700213", "No matching federated identity record found for presented assertion subject."
	case !strings.Contains(f.Get("scope"), "https://containerregistry.azure.net/.default"):
		return "AADSTS500011", "The resource principal was not found."
	}
	return "", ""
}

// acr stands in for a registry: its token exchange, its token realm and, with a
// token of that, images.
type acr struct {
	images *iamtest.BasicRegistry

	mu sync.Mutex
	// life is of the refresh token; status is an answer of the exchange; ahead
	// is by how much the registry's clock is ahead; token replaces the answer.
	life, ahead time.Duration
	status      int
	token       string
	exchanges   int
}

func newACR(google *iamtest.Server) *acr {
	return &acr{life: 3 * time.Hour, images: iamtest.NewBasicRegistry(google, func(user, password string) bool { return user == "token" && password == registry })}
}

// refresh is the refresh token: a JWT, which only the registry itself reads.
func (a *acr) refresh() string {
	part := func(v any) string {
		raw, _ := json.Marshal(v) // maps of strings and numbers
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	return part(map[string]string{"alg": "none"}) + "." + part(map[string]any{"exp": time.Now().Add(a.ahead + a.life).Unix(), "jti": "refresh"}) + ".c2ln"
}

func (a *acr) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w.Header().Set("Date", time.Now().Add(a.ahead).UTC().Format(http.TimeFormat))
	switch {
	case r.URL.Path == "/oauth2/exchange" && r.Method == http.MethodPost:
		a.exchange(w, r)
	case r.URL.Path == "/oauth2/token":
		user, password, _ := r.BasicAuth()
		if user != nullUser || !strings.HasSuffix(password, ".c2ln") {
			http.Error(w, "who", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"access_token": registry})
	case r.Header.Get("Authorization") != "Bearer "+registry:
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="https://%s/oauth2/token",service="%s"`, r.Host, r.Host))
		http.Error(w, "{}", http.StatusUnauthorized)
	default:
		r.SetBasicAuth("token", registry)
		a.images.ServeHTTP(w, r)
	}
}

func (a *acr) exchange(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	a.exchanges++
	f := r.PostForm
	w.Header().Set("Content-Type", "application/json")
	good := f.Get("grant_type") == "access_token" && f.Get("service") == r.Host && f.Get("tenant") == tenant && f.Get("access_token") == access
	if a.status != 0 || !good {
		w.WriteHeader(max(a.status, http.StatusUnauthorized))
		_, _ = w.Write([]byte(`{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`))
		return
	}
	token := a.token
	if token == "" {
		token = a.refresh()
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"refresh_token": token})
}

// world is Google, Entra, a registry and the built plugin.
type world struct {
	google  *iamtest.Server
	entra   *entra
	acr     *acr
	dir     string
	host    string
	environ []string
}

func newWorld(t *testing.T, dir string) *world {
	t.Helper()
	google := envtest.Google(t, iamtest.Options{TLS: true})
	w := &world{google: google, dir: dir, acr: newACR(google)}
	w.entra = &entra{google: google, subject: google.ServiceAccount(email).UniqueID, audience: "api://AzureADTokenExchange"}
	authority, err := google.Serve(w.entra, true)
	if err != nil {
		t.Fatal(err)
	}
	base, err := google.Serve(w.acr, true)
	if err != nil {
		t.Fatal(err)
	}
	w.host = strings.TrimPrefix(base, "https://")
	w.environ = []string{
		"AZURE_AUTHORITY_HOST=" + authority + "/", "SSL_CERT_FILE=" + envtest.CA(t, google),
		// A machine's own identity, which must not be used.
		"AZURE_CLIENT_ID=machine", "AZURE_CLIENT_SECRET=machine", "AZURE_TENANT_ID=machine",
	}
	return w
}

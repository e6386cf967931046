package iam

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/source"
)

// stop is a step on the way to a token: the source document, the name that the
// stand-in counts its calls under, and its path there.
type stop struct {
	name, method, path string
	doc                func(w *world) []byte
	// names says that the error names the setting which names the server.
	names string
}

func stops() []stop {
	federation := func(w *world) []byte {
		return w.s.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: "job"})
	}
	return []stop{
		{"generateAccessToken", "generateAccessToken", "", func(w *world) []byte { return w.s.KeyADC(builder) }, "the setting endpoint"},
		{"OAuth refresh", "token", "/token", func(w *world) []byte { return w.s.UserADC(alice) }, "the token endpoint in file"},
		{"workforce refresh", "oauthtoken", "/v1/oauthtoken", func(w *world) []byte { return w.s.ExternalUserADC("bob") }, "the token endpoint in file"},
		{"STS exchange", "sts", "/v1/token", federation, "the token_url in file"},
		{"URL source", "subject", "/idp/token", federation, "the credential_source in file"},
		{"AWS", "aws", "/latest/api/token", func(w *world) []byte {
			w.env["AWS_REGION"] = "us-east-1"
			return w.s.ExternalADC(iamtest.ExternalOptions{AWS: true})
		}, "the credential_source in file"},
		{"Azure", "subject", "/metadata/identity", func(w *world) []byte {
			return w.s.ExternalADC(iamtest.ExternalOptions{Azure: true})
		}, "the credential_source in file"},
	}
}

// at is the target of a step whose server is at another base URL.
func (s stop) at(w *world, base string) helper.Target {
	if s.path == "" {
		t := w.target(s.doc(w), deployer)
		t.Endpoint = base + "/"
		return t
	}
	return w.target([]byte(strings.ReplaceAll(string(s.doc(w)), w.s.URL+s.path, base+s.path)), deployer)
}

// TestStepsNetwork has every server behind everything that can lie before it.
func TestStepsNetwork(t *testing.T) {
	const far = "https://far.example"
	lookup := "; run: nslookup "
	if runtime.GOOS == "linux" {
		lookup = "; run: getent hosts "
	}
	proxied := func(name, value string) func(*world) string {
		return func(w *world) string {
			w.env[name] = value
			w.c = New(Options{Env: w.c.env})
			w.c.limits.attempts = 1
			return far
		}
	}
	answering := func(status int) func(*world) string {
		return func(w *world) string {
			proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(status) }))
			w.Cleanup(proxy.Close)
			return proxied("https_proxy", proxy.URL)(w)
		}
	}
	wrong := func(c iamtest.Certificate) func(*world) string {
		return func(w *world) string {
			w.trust()
			return must(w.s.ServeWrong(w.s.Handler(), c))(w.T)
		}
	}
	causes := []struct {
		name, code string
		who        helper.Who
		down       bool
		base       func(*world) string
		words      []string
		// named says that the setting is named which names the server.
		named bool
	}{
		{"connection refused", "unreachable", helper.User, true, func(*world) string { return "http://127.0.0.1:1" }, []string{"127.0.0.1:1: connection refused"}, true},
		{"no such host", "unreachable", helper.User, true, func(*world) string { return "https://nowhere.invalid" }, []string{"nowhere.invalid", lookup + "nowhere.invalid"}, true},
		{"no name server", "unreachable", helper.User, true, func(w *world) string {
			w.silentNames()
			return far
		}, []string{"no name server answers for far.example"}, true},
		{"unknown authority", "tls", helper.User, false, func(w *world) string {
			w.spy.base.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
			return must(w.s.Serve(w.s.Handler(), true))(w.T)
		}, []string{"unknown authority", "SSL_CERT_FILE", "; run: openssl s_client -showcerts -connect 127.0.0.1:"}, true},
		{"expired certificate", "tls", helper.Admin, false, wrong(iamtest.Expired), []string{"expired", "openssl x509 -noout -dates"}, true},
		{"certificate of tomorrow", "clock", helper.User, false, wrong(iamtest.NotYet), []string{"clock", "; run: " + helper.SetClock()}, false},
		{"certificate of another host", "tls", helper.User, false, wrong(iamtest.OtherHost), []string{"127.0.0.1", "-ext subjectAltName"}, true},
		{"proxy refuses", "proxy", helper.User, true, proxied("HTTPS_PROXY", "http://127.0.0.1:1"), []string{"far.example", "127.0.0.1:1 (HTTPS_PROXY)", "connection refused", "; run: unset HTTPS_PROXY"}, false},
		{"no such proxy", "proxy", helper.User, true, proxied("https_proxy", "http://nowhere.invalid:3128"), []string{"nowhere.invalid:3128 (https_proxy)", "; run: unset https_proxy"}, false},
		{"SOCKS proxy refuses", "proxy", helper.User, true, proxied("HTTPS_PROXY", "socks5://127.0.0.1:1"), []string{"127.0.0.1:1 (HTTPS_PROXY)", "; run: unset HTTPS_PROXY"}, false},
		{"SOCKS proxy says no", "proxy", helper.User, true, func(w *world) string {
			return proxied("HTTPS_PROXY", "socks5://"+w.socksThatRefuses())(w)
		}, []string{"far.example", "127.0.0.1:", "(HTTPS_PROXY)", "; run: unset HTTPS_PROXY"}, false},
		{"proxy 407", "proxy", helper.User, true, answering(407), []string{"407", "; run: export https_proxy=http://USER:PASSWORD@127.0.0.1:"}, false},
		{"proxy 403", "proxy", helper.Admin, true, answering(403), []string{"403", `; run: export NO_PROXY="${NO_PROXY:+$NO_PROXY,}far.example"`}, false},
		{"unparsable proxy", "proxy", helper.User, false, proxied("HTTPS_PROXY", ":::"), []string{"HTTPS_PROXY", "; run: unset HTTPS_PROXY"}, false},
		{"unknown proxy", "proxy", helper.User, false, proxied("HTTPS_PROXY", "ftp://proxy:21"), []string{`"ftp"`, "; run: unset HTTPS_PROXY"}, false},
	}
	for _, s := range stops() {
		for _, c := range causes {
			t.Run(s.name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.c.limits.attempts = 1
				base := c.base(w)
				e := w.wantError(s.at(w, base), c.code, c.words...)
				if e.Who != c.who || e.Unreachable != c.down {
					t.Errorf("who %q, unreachable %t, want %q and %t: %v", e.Who, e.Unreachable, c.who, c.down, e)
				}
				if got := strings.Contains(e.Error(), s.names); got != c.named {
					t.Errorf("%q is in it: %t, want %t: %v", s.names, got, c.named, e)
				}
				w.fits(e, s)
			})
		}
	}
}

// fits checks what no hint may say at a step.
func (w *world) fits(e *helper.Error, s stop) {
	w.Helper()
	hint := e.Hint
	switch {
	case s.method == "sts" || s.method == "subject" || s.method == "aws":
		for _, no := range []string{"gcloud auth", "service-accounts"} {
			if strings.Contains(hint, no) {
				w.Errorf("a hint about %s where a federation failed: %v", no, e)
			}
		}
	case s.method == "token" || s.method == "oauthtoken":
		if strings.Contains(hint, "roles/") {
			w.Errorf("a hint about a role where a sign-in failed: %v", e)
		}
	}
}

// trust has the world's client trust the stand-in's authority.
func (w *world) trust() {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(w.s.CAPEM)
	w.spy.base.TLSClientConfig = &tls.Config{RootCAs: pool}
}

// socksThatRefuses is the address of a SOCKS proxy that connects nobody.
func (w *world) socksThatRefuses() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b := make([]byte, 300)
			_, _ = c.Read(b)
			_, _ = c.Write([]byte{5, 0}) // no login
			_, _ = c.Read(b)
			_, _ = c.Write([]byte{5, 2, 0, 1, 0, 0, 0, 0, 0, 0}) // not allowed by the rules
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}

// silentNames has the world's client ask a name server that never answers.
func (w *world) silentNames() {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = silent.Close() })
	var d net.Dialer
	w.c.limits.attempt = 300 * time.Millisecond
	w.spy.base.DialContext = (&net.Dialer{Resolver: &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return d.DialContext(ctx, "udp", silent.LocalAddr().String())
	}}}).DialContext
}

// TestClockByGoogle has Google's own certificate expired: then it is the clock.
func TestClockByGoogle(t *testing.T) {
	s, err := iamtest.NewServer(iamtest.Options{TokenBytes: 64, Hosts: []string{"iamcredentials.googleapis.com"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	w := newWorld(t)
	target := w.target(w.s.KeyADC(builder), deployer)
	target.Endpoint = ""
	w.s = s
	w.trust()
	at := strings.TrimPrefix(must(s.ServeWrong(s.Handler(), iamtest.Expired))(t), "https://")
	w.spy.base.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, at)
	}
	if e := w.wantError(target, "clock", helper.SetClock()); e.Who != helper.User {
		t.Errorf("who %q: %v", e.Who, e)
	}
}

// TestProxyBypass has what no proxy is for, however its setting looks.
func TestProxyBypass(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	w.env["HTTPS_PROXY"], w.env["HTTP_PROXY"] = ":::", ":::"
	w.c = New(Options{Env: w.c.env})
	w.wantPrincipal(w.mint(w.target(w.s.UserADC(alice), deployer)), deployer) // loopback
	w.env["NO_PROXY"] = "nowhere.invalid"
	w.c = New(Options{Env: w.c.env})
	target := w.target(w.s.UserADC(alice), deployer)
	target.Endpoint = "https://nowhere.invalid/"
	w.wantError(target, "unreachable", "nowhere.invalid")
}

// TestProxyForbids has a plain http server behind a proxy that wants a password.
func TestProxyPlain(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusProxyAuthRequired) }))
	defer proxy.Close()
	w := newWorld(t)
	w.env["HTTP_PROXY"] = strings.Replace(proxy.URL, "://", "://me:hunter22@", 1)
	w.spy.add("hunter22")
	w.c = New(Options{Env: w.c.env})
	doc := w.s.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: "job"})
	doc = []byte(strings.ReplaceAll(string(doc), w.s.URL+"/idp", "http://ci.example/idp"))
	w.wantError(w.target(doc, deployer), "proxy", "does not accept the user name and password in HTTP_PROXY", "export HTTP_PROXY=http://USER:PASSWORD@127.0.0.1:")
}

// TestStepsReplies has every step refuse in the ways that it is known to.
func TestStepsReplies(t *testing.T) {
	const (
		perimeter = `{"error":{"code":403,"message":"Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: Uid-7","status":"PERMISSION_DENIED"}}`
		oauthVPC  = `{"error":"access_denied","error_description":"Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: Uid-7"}`
		disabled  = `{"error":{"code":403,"message":"Security Token Service API has not been used in project 4242 before or it is disabled. Enable it by visiting https://x","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED","metadata":{"consumer":"projects/4242","service":"sts.googleapis.com"}}]}}`
		rapt      = `{"error":"invalid_grant","error_description":"reauth related error (invalid_rapt)","error_subtype":"invalid_rapt"}`
		account   = `{"error":"access_denied","error_description":"Account restricted"}`
		lifetime  = `{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"x can not have lifetimes of more than 1 hour. Use the Org Policy Constraint constraints/iam.allowServiceAccountCredentialLifetimeExtension to allow up to 12 hours."}}`
		github    = `{"$id":"1","message":"The request token has expired","typeName":"x"}`
		azure     = `{"error":"invalid_request","error_description":"Identity not found"}`
	)
	reply := func(status int, body string) iamtest.Fault {
		return iamtest.Fault{Status: status, Body: body, Times: iamtest.Always}
	}
	logging := "; run: gcloud logging read 'protoPayload.metadata.vpcServiceControlsUniqueId=\"Uid-7\"' --project="
	provider := "; run: gcloud iam workload-identity-pools providers describe demo-provider --workload-identity-pool=demo-pool --location=global --project=" + iamtest.ProjectNumber
	policy := "; run: gcloud access-context-manager cloud-bindings list"
	cases := []struct {
		step, name string
		fault      iamtest.Fault
		code       string
		who        helper.Who
		words      []string
	}{
		{"generateAccessToken", "perimeter", reply(403, perimeter), "vpc-sc", helper.Admin, []string{"Uid-7", logging + "demo-project"}},
		{"generateAccessToken", "perimeter without id", reply(403, `{"error":{"code":403,"message":"Request is prohibited by organization's policy.","status":"PERMISSION_DENIED"}}`), "vpc-sc", helper.Admin, []string{"VpcServiceControlAuditMetadata", " --project=demo-project"}},
		{"generateAccessToken", "perimeter by precondition", reply(403, `{"error":{"code":403,"message":"No.","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.PreconditionFailure","violations":[{"type":"VPC_SERVICE_CONTROLS","description":"Uid-7"}]}]}}`), "vpc-sc", helper.Admin, []string{logging + "demo-project"}},
		{"generateAccessToken", "lifetime", reply(400, lifetime), "lifetime", helper.Admin, []string{"gcloud resource-manager org-policies allow"}},
		{"generateAccessToken", "account restricted", reply(403, `{"error":{"code":403,"message":"Account restricted","status":"PERMISSION_DENIED"}}`), "access-policy", helper.Admin, []string{policy}},
		{"generateAccessToken", "account has been restricted", reply(403, `{"error":{"code":403,"message":"Account has been restricted","status":"PERMISSION_DENIED"}}`), "access-policy", helper.Admin, []string{policy}},
		{"generateAccessToken", "a firewall's 403", reply(403, "blocked by corporate firewall"), "bad-endpoint", helper.User, []string{"does not speak the IAM Credentials API (blocked by corporate firewall)", "the setting endpoint"}},
		{"generateAccessToken", "a firewall's page", iamtest.Fault{Status: 403, HTML: true, Times: iamtest.Always}, "bad-endpoint", helper.User, []string{"HTTP status 403", "the setting endpoint"}},
		{"generateAccessToken", "a gateway's 401", reply(401, `{"message":"Unauthorized"}`), "bad-endpoint", helper.User, []string{"Unauthorized", "the setting endpoint"}},
		{"generateAccessToken", "quota", iamtest.Fault{Status: 429, Times: iamtest.Always}, "rate-limited", helper.Admin, []string{"--service=iamcredentials.googleapis.com --consumer=projects/" + iamtest.ProjectNumber}},

		{"generateAccessToken", "another service is not enabled", reply(403, strings.ReplaceAll(disabled, "sts.googleapis", "iam.googleapis")), "api-disabled", helper.Admin, []string{"; run: gcloud services enable iam.googleapis.com --project=4242"}},

		{"STS exchange", "perimeter", reply(403, perimeter), "vpc-sc", helper.Admin, []string{logging + iamtest.ProjectNumber}},
		{"STS exchange", "perimeter by OAuth", reply(403, oauthVPC), "vpc-sc", helper.Admin, []string{logging + iamtest.ProjectNumber}},
		{"STS exchange", "not enabled", reply(403, disabled), "api-disabled", helper.Admin, []string{"; run: gcloud services enable sts.googleapis.com --project=4242"}},
		{"STS exchange", "account restricted", reply(403, account), "access-policy", helper.Admin, []string{policy}},
		{"STS exchange", "rapt", reply(400, rapt), "federation", helper.Admin, []string{provider}},
		{"STS exchange", "permission denied", reply(403, `{"error":{"code":403,"message":"The caller does not have permission","status":"PERMISSION_DENIED"}}`), "federation", helper.Admin, []string{provider}},
		{"STS exchange", "invalid grant", reply(400, `{"error":"invalid_grant","error_description":"The audience in ID Token [x] does not match the expected audience."}`), "federation", helper.Admin, []string{"audience", provider}},
		{"STS exchange", "attribute condition", reply(400, `{"error":"unauthorized_client","error_description":"The given credential is rejected by the attribute condition."}`), "federation", helper.Admin, []string{"attribute condition", provider}},
		{"STS exchange", "quota", reply(429, `{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED"}}`), "rate-limited", helper.Admin, []string{"--service=sts.googleapis.com --consumer=projects/" + iamtest.ProjectNumber}},
		{"STS exchange", "quota project", reply(403, `{"error":{"code":403,"message":"Caller does not have required permission to use project 77.","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"USER_PROJECT_DENIED","metadata":{"consumer":"projects/77"}}]}}`), "quota-project", helper.Admin, []string{"; run: gcloud projects add-iam-policy-binding 77 --member=principal://iam.googleapis.com/projects/" + iamtest.ProjectNumber + "/locations/global/workloadIdentityPools/demo-pool/subject/job --role="}},

		{"OAuth refresh", "rapt", reply(400, rapt), "sign-in", helper.User, []string{"again", "; run: " + source.LoginADC}},
		{"OAuth refresh", "account restricted", reply(401, account), "access-policy", helper.Admin, []string{policy}},
		{"OAuth refresh", "account has been restricted", reply(400, `{"error":"invalid_grant","error_description":"Account has been restricted"}`), "access-policy", helper.Admin, []string{policy}},
		{"OAuth refresh", "admin policy", reply(400, `{"error":"admin_policy_enforced","error_description":"no"}`), "access-policy", helper.Admin, []string{policy}},
		{"OAuth refresh", "revoked", reply(400, `{"error":"invalid_grant","error_description":"Token has been expired or revoked."}`), "sign-in", helper.User, []string{"; run: " + source.LoginADC}},
		{"OAuth refresh", "account disabled", reply(400, `{"error":"invalid_grant","error_description":"Account has been deleted"}`), "sign-in", helper.User, []string{"deleted", "; run: " + source.LoginADC}},
		{"OAuth refresh", "quota", reply(429, `{"error":"rate_limit_exceeded"}`), "rate-limited", helper.User, []string{"rate_limit_exceeded"}},
		{"workforce refresh", "revoked", reply(400, `{"error":"invalid_grant","error_description":"Token has been expired or revoked."}`), "sign-in", helper.User, []string{"; run: gcloud iam workforce-pools create-login-config locations/global/workforcePools/demo-pool/providers/demo-provider --output-file=login.json && " + source.LoginADC + " --login-config=login.json"}},

		{"URL source", "401", reply(401, github), "bad-source", helper.User, []string{"401", "request token has expired", "headers", "; run: ${EDITOR:-vi} "}},
		{"URL source", "401 in words", reply(401, `{"error":"bad header"}`), "bad-source", helper.User, []string{"bad header", "headers", "; run: ${EDITOR:-vi} "}},
		{"URL source", "400", reply(400, `{"error":"invalid_request","error_description":"no such audience"}`), "bad-source", helper.User, []string{"400", "no such audience", "the url in its credential_source", "; run: ${EDITOR:-vi} "}},
		{"URL source", "403 of a vault", reply(403, `{"errors":["permission denied"]}`), "bad-source", helper.User, []string{"permission denied", "headers", "; run: ${EDITOR:-vi} "}},
		{"URL source", "404", reply(404, "not here"), "bad-source", helper.User, []string{"not here", "the url in its credential_source", "; run: ${EDITOR:-vi} "}},
		{"URL source", "quota", reply(429, "slow down"), "rate-limited", helper.User, []string{"slow down"}},
		{"URL source", "no token", reply(200, `{"x":1}`), "federation", helper.Admin, []string{provider}},
		{"Azure", "no identity", reply(400, azure), "bad-source", helper.Admin, []string{"Identity not found", "; run: az vm identity assign"}},
		{"Azure", "resource", reply(400, `{"error":"invalid_resource","error_description":"AADSTS500011"}`), "bad-source", helper.User, []string{"AADSTS500011", "the url in its", "; run: ${EDITOR:-vi} "}},
		{"AWS", "no role", reply(404, "Not Found"), "bad-source", helper.Admin, []string{"no role", "; run: aws ec2 associate-iam-instance-profile"}},
	}
	all := map[string]stop{}
	for _, s := range stops() {
		all[s.name] = s
	}
	for _, c := range cases {
		t.Run(c.step+"/"+c.name, func(t *testing.T) {
			w := newWorld(t)
			s := all[c.step]
			c.fault.Method = s.method
			target := w.target(s.doc(w), deployer)
			w.s.Fail(c.fault)
			e := w.wantError(target, c.code, c.words...)
			if e.Who != c.who {
				t.Errorf("who %q, want %q: %v", e.Who, c.who, e)
			}
			w.fits(e, s)
		})
	}
}

// TestStepsStrange has something else than the API answer at the API's own address, and
// behind a proxy.
func TestStepsStrange(t *testing.T) {
	const far = "iamcredentials.googleapis.com"
	for name, c := range map[string]struct {
		proxied    bool
		code, hint string
	}{
		"no setting": {false, "bad-endpoint", "curl -sSi https://" + far + "/"},
		"proxy":      {true, "proxy", `export NO_PROXY="${NO_PROXY:+$NO_PROXY,}` + far + `"`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.trust()
			w.spy.base.TLSClientConfig.ServerName = "127.0.0.1"
			blocked := http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, "blocked", http.StatusForbidden) })
			at := strings.TrimPrefix(must(w.s.Serve(blocked, true))(t), "https://")
			to := at
			if c.proxied {
				proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { splice(rw, at) }))
				t.Cleanup(proxy.Close)
				w.env["HTTPS_PROXY"] = proxy.URL
				w.spy.base.Proxy = newProxies(w.c.env).forRequest
				to = strings.TrimPrefix(proxy.URL, "http://")
			}
			w.spy.base.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				if strings.HasPrefix(addr, far) {
					addr = to
				}
				return (&net.Dialer{}).DialContext(ctx, network, addr)
			}
			target := w.target(w.s.UserADC(alice), deployer)
			target.Endpoint = ""
			if e := w.wantError(target, c.code, far, "blocked"); e.Who != helper.Admin || e.Hint != c.hint {
				t.Errorf("who %q, hint %q, want %q: %v", e.Who, e.Hint, c.hint, e)
			}
		})
	}
}

// splice answers a CONNECT with a connection to another address.
func splice(rw http.ResponseWriter, to string) {
	out, err := net.Dial("tcp", to)
	if err != nil {
		rw.WriteHeader(http.StatusBadGateway)
		return
	}
	rw.WriteHeader(http.StatusOK)
	in, early, err := http.NewResponseController(rw).Hijack() // the client may have spoken already
	if err != nil {
		_ = out.Close()
		return
	}
	go func() {
		_, _ = io.Copy(out, early)
		_ = out.Close()
	}()
	go func() {
		_, _ = io.Copy(in, out)
		_ = in.Close()
	}()
}

// TestStepsMethods has each method of the API refuse. A signature asks for no
// lifetime, and nothing is said of one.
func TestStepsMethods(t *testing.T) {
	const lifetime = `{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"x can not have lifetimes of more than 1 hour. Use the Org Policy Constraint constraints/iam.allowServiceAccountCredentialLifetimeExtension to allow up to 12 hours."}}`
	type try func(w *world, t helper.Target) error
	mint := func(kind helper.Kind) try {
		return func(w *world, t helper.Target) error {
			t.Token, t.Audience = kind, audienceA
			_, err := w.c.Mint(w.Context(), t)
			return err
		}
	}
	methods := map[string]struct {
		try
		role string
	}{
		"generateAccessToken": {mint(helper.Access), "roles/iam.serviceAccountTokenCreator"},
		"generateIdToken":     {mint(helper.ID), "roles/iam.serviceAccountOpenIdTokenCreator"},
		"signBlob": {func(w *world, t helper.Target) error {
			_, err := w.c.SignBlob(w.Context(), t, []byte("x"))
			return err
		}, "roles/iam.serviceAccountTokenCreator"},
		"signJwt": {func(w *world, t helper.Target) error {
			_, err := w.c.SignJWT(w.Context(), t, []byte(`{"a":1}`))
			return err
		}, "roles/iam.serviceAccountTokenCreator"},
	}
	for method, m := range methods {
		causes := []struct {
			name, code string
			who        helper.Who
			spoil      func(w *world)
			words      []string
		}{
			{"permission denied", "permission-denied", helper.Admin, func(*world) {}, []string{"; run: gcloud iam service-accounts add-iam-policy-binding " + deployer + " --member=user:" + alice + " --role=" + m.role}},
			{"not found", "not-found", helper.User, func(w *world) { w.s.ServiceAccount(deployer).Delete() }, []string{"; run: gcloud iam service-accounts list --project=demo-project"}},
			{"disabled", "disabled", helper.Admin, func(w *world) {
				w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
				w.s.ServiceAccount(deployer).Disable()
			}, []string{"; run: gcloud iam service-accounts enable " + deployer}},
			{"not enabled", "api-disabled", helper.Admin, func(w *world) { w.s.DisableAPI() }, []string{"; run: gcloud services enable iamcredentials.googleapis.com --project=" + iamtest.ProjectNumber}},
			{"quota", "rate-limited", helper.Admin, func(w *world) { w.s.Fail(iamtest.Fault{Method: method, Status: 429, Times: iamtest.Always}) }, []string{"; run: gcloud alpha services quota list --service=iamcredentials.googleapis.com --consumer=projects/" + iamtest.ProjectNumber}},
		}
		for _, c := range causes {
			t.Run(method+"/"+c.name, func(t *testing.T) {
				w := newWorld(t)
				target := w.target(w.s.UserADC(alice), deployer)
				c.spoil(w)
				if e := w.checkError(m.try(w, target), c.code, c.words...); e.Who != c.who {
					t.Errorf("who %q, want %q: %v", e.Who, c.who, e)
				}
			})
		}
		t.Run(method+"/lifetime", func(t *testing.T) {
			w := newWorld(t)
			w.s.Fail(iamtest.Fault{Method: method, Status: 400, Body: lifetime, Times: iamtest.Always})
			code := "bad-parameter"
			if method == "generateAccessToken" {
				code = "lifetime"
			}
			e := w.checkError(m.try(w, w.target(w.s.UserADC(alice), deployer)), code)
			if about := strings.Contains(e.Hint+e.Reason, "asked for: lifetime") || strings.Contains(e.Hint, "org-policies") || strings.Contains(e.Hint, "--lifetime"); about != (method == "generateAccessToken") {
				t.Errorf("what it says of a lifetime: %v", e)
			}
		})
	}
}

// TestStepsOnThisMachine has the steps that ask nobody.
func TestStepsOnThisMachine(t *testing.T) {
	w := newWorld(t)
	home := filepath.Join(w.dir, "gcloud")
	w.env["CLOUDSDK_CONFIG"] = home
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	known := filepath.Join(home, "application_default_credentials.json")
	file := func(path, from string, doc []byte) helper.Target {
		target := w.target(doc, deployer)
		if path != "" {
			target.Source.Path = path
		}
		if err := os.WriteFile(target.Source.Path, doc, 0o600); err != nil {
			t.Fatal(err)
		}
		target.Source.From = from
		return target
	}
	gone := func(target helper.Target) helper.Target {
		if err := os.Remove(target.Source.Path); err != nil {
			t.Fatal(err)
		}
		return target
	}
	revoked := func() { w.s.User(alice).RotateRefreshToken() }
	user := w.s.UserADC(alice)
	elsewhere := filepath.Join(w.dir, "elsewhere.json")
	const editing = "${EDITOR:-vi} "
	for name, c := range map[string]struct {
		target helper.Target
		code   string
		hint   string
	}{
		"no file":                   {gone(file("", "", user)), "bad-source", "ls -l "},
		"no file of the variable":   {gone(file("", source.Variable, user)), "bad-source", "unset GOOGLE_APPLICATION_CREDENTIALS"},
		"unknown type, variable":    {file("", source.Variable, []byte(`{"type":"new"}`)), "bad-source", "unset GOOGLE_APPLICATION_CREDENTIALS"},
		"OAuth client, variable":    {file("", source.Variable, []byte(`{"installed":{}}`)), "bad-source", "unset GOOGLE_APPLICATION_CREDENTIALS"},
		"unknown type":              {file("", `"source"`, []byte(`{"type":"new"}`)), "bad-source", "ls -l "},
		"timeout_millis":            {file("", `"source"`, w.edit(w.s.ExternalADC(iamtest.ExternalOptions{Command: "/bin/true"}), map[string]any{"credential_source": map[string]any{"executable": map[string]any{"command": "/bin/true", "timeout_millis": 1}}})), "bad-source", editing},
		"format":                    {file("", `"source"`, w.edit(w.s.ExternalADC(iamtest.ExternalOptions{File: "/x"}), map[string]any{"credential_source": map[string]any{"file": "/x", "format": map[string]any{"type": "xml"}}})), "bad-source", editing},
		"key, variable":             {file("", source.Variable, w.edit(w.s.KeyADC(builder), map[string]any{"private_key": "x"})), "bad-source", editing},
		"lifetime":                  {file("", `"source"`, w.edit(w.s.ExternalADC(iamtest.ExternalOptions{File: "/x", Target: middle}), map[string]any{"service_account_impersonation": map[string]any{"token_lifetime_seconds": 1.5}})), "bad-source", editing},
		"lacks a member, elsewhere": {file("", `"source"`, []byte(`{"type":"authorized_user"}`)), "bad-source", editing},
		"lacks a member":            {file(known, "application default credentials", []byte(`{"type":"authorized_user"}`)), "bad-source", source.LoginADC},
		"subject token file":        {file("", "", w.s.ExternalADC(iamtest.ExternalOptions{File: "/nowhere/token"})), "bad-source", "ls -l /nowhere/token"},
		"subject token file, empty": {file("", "", w.s.ExternalADC(iamtest.ExternalOptions{File: w.file("empty", nil)})), "bad-source", "ls -l " + filepath.Join(w.dir, "empty")},
		"executable not allowed":    {file("", "", w.s.ExternalADC(iamtest.ExternalOptions{Command: "/bin/true"})), "bad-source", "export GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1"},
		"revoked, well-known":       {file(known, "application default credentials", user), "sign-in", source.LoginADC},
		"revoked, variable":         {file("", source.Variable, user), "sign-in", "unset GOOGLE_APPLICATION_CREDENTIALS && " + source.LoginADC},
		"revoked, elsewhere":        {file(elsewhere, `"source"`, user), "sign-in", source.LoginADC + " && cp " + known + " " + elsewhere},
		"revoked, impersonating":    {file(known+".2", source.Variable, w.s.ImpersonatedADC(user, middle, second)), "sign-in", "unset GOOGLE_APPLICATION_CREDENTIALS && " + source.LoginADC + " --impersonate-service-account=" + second + "," + middle},
		"gcloud is not there":       {w.sourceTarget(helper.Source{Kind: "gcloud", Name: alice}, deployer), "sign-in", "credential-iam help sources"},
		"no access to the keyring":  {w.sourceTarget(helper.Source{Kind: "keyring", Name: "work"}, deployer), "bad-source", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "lacks a member" {
				file(known, "", []byte(`{"type":"authorized_user"}`))
			} else {
				file(known, "", user)
			}
			t.Setenv("PATH", w.dir)
			revoked()
			e := w.wantError(c.target, c.code)
			if c.hint == editing {
				c.hint += c.target.Source.Path
			}
			if e.Who != helper.User || e.Hint != c.hint && (c.hint != "ls -l " || !strings.HasPrefix(e.Hint, c.hint)) {
				t.Errorf("who %q, hint %q, want %q: %v", e.Who, e.Hint, c.hint, e)
			}
		})
	}
}

// A perimeter or a policy is no missing role: no hop of a chain is tried for it.
func TestStepsChain(t *testing.T) {
	for code, body := range map[string]string{
		"vpc-sc":        `{"error":{"code":403,"message":"Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: Uid-7","status":"PERMISSION_DENIED"}}`,
		"access-policy": `{"error":{"code":403,"message":"Account restricted","status":"PERMISSION_DENIED"}}`,
	} {
		w := newWorld(t)
		w.s.Fail(iamtest.Fault{Method: "generateAccessToken", Status: 403, Body: body, Times: iamtest.Always})
		w.wantError(w.target(w.s.UserADC(alice), deployer, middle), code)
		if n := w.s.Calls("generateAccessToken"); n != 1 {
			t.Errorf("%s: %d calls, want 1", code, n)
		}
	}
}

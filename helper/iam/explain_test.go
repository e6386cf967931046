package iam

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/source"
)

// TestErrorsOfTheAPI goes through the replies that the API is known to send.
func TestErrorsOfTheAPI(t *testing.T) {
	const api = "generateAccessToken"
	grant := "gcloud iam service-accounts add-iam-policy-binding " + deployer + " --member=user:" + alice + " --role=roles/iam.serviceAccountTokenCreator"
	deny := func(reason, message string) func(w *world, t *helper.Target) {
		return func(w *world, _ *helper.Target) {
			w.s.Fail(iamtest.Fault{Method: api, Status: 403, Reason: reason, Message: message, Times: iamtest.Always})
		}
	}
	cases := []struct {
		name  string
		setup func(w *world, t *helper.Target)
		code  string
		who   helper.Who
		words []string
	}{
		{"missing role", func(w *world, _ *helper.Target) { w.s.Revoke(alice, iamtest.RoleTokenCreator, deployer) },
			"permission-denied", helper.Admin, []string{"getAccessToken", grant}},
		{"missing role, older reply", deny("", "The caller does not have permission"),
			"permission-denied", helper.Admin, []string{grant, "The caller does not have permission"}},
		{"missing role, ID token", func(w *world, t *helper.Target) {
			w.s.Revoke(alice, iamtest.RoleTokenCreator, deployer)
			t.Token, t.Audience = helper.ID, audienceA
		}, "permission-denied", helper.Admin, []string{"roles/iam.serviceAccountOpenIdTokenCreator", "getOpenIdToken"}},
		{"not found", func(w *world, _ *helper.Target) { w.s.ServiceAccount(deployer).Delete() },
			"not-found", helper.User, []string{"gcloud iam service-accounts list --project=demo-project"}},
		{"a user", func(w *world, t *helper.Target) {
			t.ServiceAccount = "carol@example.com"
			w.s.Fail(iamtest.Fault{Method: api, Status: 404, Message: "Requested entity was not found.", Times: iamtest.Always})
		}, "not-found", helper.User, []string{"carol@example.com"}},
		{"API disabled", func(w *world, _ *helper.Target) { w.s.DisableAPI() },
			"api-disabled", helper.Admin, []string{"gcloud services enable iamcredentials.googleapis.com --project=" + iamtest.ProjectNumber}},
		{"API disabled, older reply", deny("", "IAM Service Account Credentials API has not been used in project 4242 before or it is disabled. Enable it by visiting https://x"),
			"api-disabled", helper.Admin, []string{"--project=4242"}},
		{"lifetime", func(_ *world, t *helper.Target) { t.Lifetime = 2 * time.Hour },
			"lifetime", helper.Admin, []string{"iam.allowServiceAccountCredentialLifetimeExtension " + deployer, "2h"}},
		{"invalid argument", func(w *world, _ *helper.Target) { w.s.Fail(iamtest.Fault{Method: api, Status: 400}) },
			"bad-parameter", helper.User, []string{"Request contains an invalid argument", "scopes"}},
		{"source scopes", deny("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "Request had insufficient authentication scopes."),
			"source-scopes", helper.User, []string{source.LoginADC, "cloud-platform"}},
		{"quota project", func(w *world, t *helper.Target) { w.s.DenyQuotaProject("bills"); t.QuotaProject = "bills" },
			"quota-project", helper.Admin, []string{"gcloud projects add-iam-policy-binding bills --member=user:" + alice}},
		{"401", func(w *world, _ *helper.Target) {
			w.s.Fail(iamtest.Fault{Method: api, Status: 401, Reason: "ACCESS_TOKEN_EXPIRED", Times: iamtest.Always})
		}, "sign-in", helper.User, []string{source.LoginADC, "ACCESS_TOKEN_EXPIRED"}},
		{"401 type", func(w *world, _ *helper.Target) {
			w.s.Fail(iamtest.Fault{Method: api, Status: 401, Reason: "ACCESS_TOKEN_TYPE_UNSUPPORTED", Times: iamtest.Always})
		}, "sign-in", helper.User, []string{source.LoginADC}},
		{"401 state", func(w *world, _ *helper.Target) {
			w.s.Fail(iamtest.Fault{Method: api, Times: iamtest.Always, Body: `{"error":{"code":401,"status":"UNAUTHENTICATED","message":"x","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ACCOUNT_STATE_INVALID","metadata":{"email":"` + builder + `"}}]}}`, Status: 401})
		}, "disabled", helper.Admin, []string{"gcloud iam service-accounts enable " + builder}},
		{"429", func(w *world, _ *helper.Target) {
			w.s.Fail(iamtest.Fault{Method: api, Status: 429, Times: iamtest.Always})
		}, "rate-limited", helper.Admin, []string{"5 attempts", "--consumer=projects/" + iamtest.ProjectNumber}},
		{"VPC-SC", func(w *world, _ *helper.Target) {
			w.s.Fail(iamtest.Fault{Method: api, Status: 403, Body: `{"error":{"code":403,"message":"Request is prohibited by organization's policy.","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SECURITY_POLICY_VIOLATED","metadata":{"uid":"uid-7"}}]}}`})
		}, "vpc-sc", helper.Admin, []string{"uid-7", "gcloud logging read"}},
		{"503", func(w *world, _ *helper.Target) {
			w.s.Fail(iamtest.Fault{Method: api, Status: 503, Times: iamtest.Always})
		}, "unavailable", helper.User, []string{"503", "5 attempts", helper.Doctor}},
		{"502 HTML", func(w *world, _ *helper.Target) {
			w.s.Fail(iamtest.Fault{Method: api, Status: 502, HTML: true, Times: iamtest.Always})
		}, "unavailable", helper.User, []string{"502", "HTTP status 502"}},
		{"target disabled", func(w *world, _ *helper.Target) { w.s.ServiceAccount(deployer).Disable() },
			"disabled", helper.Admin, []string{"gcloud iam service-accounts enable " + deployer}},
		{"target disabled, 403", func(w *world, _ *helper.Target) {
			w.s.SetDisabledTarget(403, "PERMISSION_DENIED", "Service account is disabled.")
			w.s.ServiceAccount(deployer).Disable()
		}, "disabled", helper.Admin, []string{"gcloud iam service-accounts enable " + deployer}},
		{"404 HTML", func(w *world, _ *helper.Target) {
			w.s.Fail(iamtest.Fault{Method: api, Status: 404, HTML: true})
		}, "bad-endpoint", helper.User, []string{"404"}},
		{"418", func(w *world, _ *helper.Target) {
			w.s.Fail(iamtest.Fault{Method: api, Status: 418, Message: "tea\x1b[31m\r\n\u202epot"})
		}, "refused", helper.Admin, []string{"418"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
			target := w.target(w.s.UserADC(alice), deployer)
			c.setup(w, &target)
			e := w.wantError(target, c.code, c.words...)
			if e.Who != c.who {
				t.Errorf("who %q, want %q: %v", e.Who, c.who, e)
			}
			down := c.code == "unavailable" || c.code == "rate-limited"
			if e.Unreachable != down {
				t.Errorf("unreachable %t: %v", e.Unreachable, e)
			}
			if strings.Contains(e.Error(), "\u202e") {
				t.Errorf("direction mark in %q", e.Error())
			}
		})
	}
}

// TestErrorsOfTheSource goes through the replies of token endpoints.
func TestErrorsOfTheSource(t *testing.T) {
	user := func(w *world) []byte { return w.s.UserADC(alice) }
	key := func(w *world) []byte { w.s.DisableSelfSignedJWT(); return w.s.KeyADC(builder) }
	federation := func(w *world) []byte { return w.s.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: "job"}) }
	workforce := func(w *world) []byte { return w.s.ExternalUserADC("bob") }
	fault := func(method string, status int, code, message string) iamtest.Fault {
		return iamtest.Fault{Method: method, Status: status, Reason: code, Message: message, Times: iamtest.Always}
	}
	rapt := func(subtype string) iamtest.Fault {
		f := fault("token", 400, "invalid_grant", "reauth related error ("+subtype+")")
		f.Subtype = subtype
		return f
	}
	cases := []struct {
		name  string
		doc   func(w *world) []byte
		fault iamtest.Fault
		code  string
		words []string
	}{
		{"revoked", user, fault("token", 400, "invalid_grant", "Token has been expired or revoked."), "sign-in", []string{"revoked", source.LoginADC}},
		{"rapt", user, rapt("invalid_rapt"), "sign-in", []string{"again", source.LoginADC}},
		{"rapt required", user, rapt("rapt_required"), "sign-in", []string{"again", source.LoginADC}},
		{"disabled client", user, fault("token", 401, "disabled_client", "The OAuth client was disabled."), "sign-in", []string{"OAuth", source.LoginADC}},
		{"deleted client", user, fault("token", 401, "deleted_client", "The OAuth client was deleted."), "sign-in", []string{"OAuth", source.LoginADC}},
		{"unauthorized client", user, fault("token", 401, "unauthorized_client", "Unauthorized"), "sign-in", []string{"OAuth", source.LoginADC}},
		{"invalid scope", user, fault("token", 400, "invalid_scope", "Invalid OAuth scope or ID token audience provided."), "bad-parameter", []string{"scopes"}},
		{"key deleted", key, fault("token", 400, "invalid_grant", "Invalid JWT Signature."), "bad-key", []string{"gcloud iam service-accounts keys list --iam-account=" + builder}},
		{"robot disabled", key, fault("token", 400, "invalid_grant", "Robot is disabled."), "disabled", []string{"gcloud iam service-accounts enable " + builder}},
		{"clock", key, fault("token", 400, "invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."), "clock", []string{"clock", "timedatectl"}},
		{"key account gone", key, fault("token", 400, "invalid_grant", "Invalid grant: account not found"), "not-found", nil},
		{"issuer", federation, fault("sts", 400, "invalid_grant", "Error connecting to the given credential's issuer."), "federation", []string{"issuer", "gcloud iam workload-identity-pools providers describe demo-provider"}},
		{"STS audience", federation, fault("sts", 400, "invalid_request", `Invalid value for "audience". x`), "federation", []string{"audience"}},
		{"STS throttled", federation, fault("sts", 400, "invalid_request", "[Security Token Service] The request was throttled due to rate limit. Please retry after a few seconds."), "unavailable", []string{"throttled", "5 attempts"}},
		{"subject", federation, fault("subject", 403, "", "no token for you"), "bad-source", []string{"no token for you", "headers", "${EDITOR:-vi} "}},
		{"workforce revoked", workforce, fault("oauthtoken", 400, "invalid_grant", "Token has been expired or revoked."), "sign-in", []string{"--output-file=login.json && " + source.LoginADC + " --login-config=login.json"}},
		{"HTML", user, iamtest.Fault{Method: "token", Status: 403, HTML: true, Times: iamtest.Always}, "sign-in", []string{"403", "HTTP status 403"}},
		{"503", user, fault("token", 503, "", ""), "unavailable", []string{"503"}},
		{"empty reply", user, iamtest.Fault{Method: "token", Body: "{}", Times: iamtest.Always}, "bad-reply", nil},
		{"no expiry", workforce, iamtest.Fault{Method: "oauthtoken", Wrong: iamtest.NoExpiry, Times: iamtest.Always}, "bad-reply", nil},
		{"no expiry, user", user, iamtest.Fault{Method: "token", Wrong: iamtest.NoExpiry, Times: iamtest.Always}, "bad-reply", nil},
		{"newline", user, iamtest.Fault{Method: "token", Wrong: iamtest.NewlineToken, Times: iamtest.Always}, "bad-reply", nil},
		{"huge", federation, iamtest.Fault{Method: "sts", Huge: 1 << 20, Times: iamtest.Always}, "bad-reply", []string{"too long"}},
		{"redirect", workforce, iamtest.Fault{Method: "oauthtoken", Redirect: "https://evil.example.com/", Times: iamtest.Always}, "bad-reply", []string{"redirect"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			target := w.target(c.doc(w), deployer)
			w.s.Fail(c.fault)
			w.wantError(target, c.code, c.words...)
		})
	}
}

func TestErrorsOfTheMetadataServer(t *testing.T) {
	cases := []struct {
		name  string
		fault iamtest.Fault
		code  string
		words []string
	}{
		{"none", iamtest.Fault{Method: "metadata", Status: 404, Times: iamtest.Always}, "bad-source", []string{"--scopes=cloud-platform"}},
		{"GKE 403", iamtest.Fault{Method: "metadata", Status: 403, Times: iamtest.Always, Message: "Unable to generate access token; IAM returned 403 Forbidden: Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).\nThis error could be caused by a missing IAM policy binding on the target IAM service account."}, "permission-denied", []string{"missing IAM policy binding"}},
		{"GKE 404", iamtest.Fault{Method: "metadata", Status: 404, Times: iamtest.Always, Message: "Unable to generate access token; IAM returned 404 Not Found: Not found; Gaia id not found for email x@gone.iam.gserviceaccount.com"}, "not-found", []string{"Gaia id", "; run: gcloud iam service-accounts list --project=gone"}},
		{"503", iamtest.Fault{Method: "metadata", Status: 503, Times: iamtest.Always}, "unavailable", nil},
		{"hang", iamtest.Fault{Method: "metadata", Hang: true, Times: iamtest.Always}, "unreachable", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.c.limits.attempt, w.c.limits.total, w.c.limits.early = 100*time.Millisecond, 300*time.Millisecond, 0
			w.env["GCE_METADATA_HOST"] = w.s.MetadataHost()
			w.s.SetMetadataAccount(builder)
			w.s.Fail(c.fault)
			w.wantError(w.sourceTarget(helper.Source{Kind: "metadata"}, deployer), c.code, c.words...)
		})
	}
	w := newWorld(t)
	w.env["GCE_METADATA_HOST"] = w.s.MetadataHost()
	w.s.SetMetadataAccount(builder)
	w.wantError(w.sourceTarget(helper.Source{Kind: "metadata"}, deployer), "permission-denied", "--member=serviceAccount:"+builder)
	w.env["GCE_METADATA_HOST"] = "127.0.0.1:1"
	w.c.limits.early = 0
	w.wantError(w.sourceTarget(helper.Source{Kind: "metadata"}, deployer), "unreachable", "127.0.0.1:1", "connection refused")
}

// TestMetadataUnreachable: the fix is about what names the server that does not answer,
// for this program and for the libraries beside it.
func TestMetadataUnreachable(t *testing.T) {
	const there, dead = "127.0.0.1:2", "127.0.0.1:1"
	for name, c := range map[string]struct {
		env   map[string]string
		words []string
	}{
		"by one variable": {map[string]string{"GCE_METADATA_HOST": dead}, []string{"GCE_METADATA_HOST names it; run: " + helper.Unset("GCE_METADATA_HOST") + "\n"}},
		"by all of them": {
			map[string]string{"GCE_METADATA_HOST": dead, "GCE_METADATA_IP": "127.0.0.1", "GCE_METADATA_ROOT": dead, "METADATA_SERVER_DETECTION": "assume-present"},
			[]string{"; run: " + helper.Unset("GCE_METADATA_HOST", "GCE_METADATA_IP", "GCE_METADATA_ROOT") + "\n"},
		},
		"by one of two": {map[string]string{"GCE_METADATA_HOST": dead, "GCE_METADATA_IP": there}, []string{"; run: " + helper.Unset("GCE_METADATA_HOST") + "\n"}},
		"by exec, which has ended": {
			map[string]string{"GCE_METADATA_HOST": dead, "GCE_METADATA_IP": dead, helper.ExecVariable: "/nowhere/" + helper.ExecFile},
			[]string{"; run: " + helper.Unset(helper.ExecVariable, "GCE_METADATA_HOST", "GCE_METADATA_IP") + "\n"},
		},
		"by another one's variable": {map[string]string{"GCE_METADATA_IP": there}, []string{"GCE_METADATA_IP names another one", "; run: " + helper.SetCommand("GCE_METADATA_HOST", there) + "\n"}},
		"by nothing":                {nil, []string{"only a machine on Google Cloud has one"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &request{getenv: func(name string) string { return c.env[name] }, id: &identity{}, t: helper.Target{UniverseDomain: helper.DefaultUniverse}}
			f := &failure{step: atMetadata, host: dead, offline: true, message: "connection refused"}
			if c.env["GCE_METADATA_HOST"] == "" {
				f.host = metadataAddress
			}
			said := r.explainAs(f, -1).Error() + "\n"
			for _, word := range c.words {
				if !strings.Contains(said, word) {
					t.Errorf("%q has no %q", said, word)
				}
			}
		})
	}
}

// TestEcho has a server that sends every secret it saw back in its message.
func TestEcho(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	target := w.target(w.s.UserADC(alice), deployer)
	w.mint(target)
	secrets := w.spy.known()
	message := "you sent " + strings.Join(secrets, " and ")
	for _, method := range []string{"token", "generateAccessToken"} {
		w.store = nil
		w.c.store = nil
		w.s.Fail(iamtest.Fault{Method: method, Status: 400, Reason: "invalid_grant", Message: message})
		_, err := w.c.Mint(t.Context(), target)
		text := err.Error()
		for _, s := range secretsOfFile(t, target.Source.Path) {
			if method == "token" && strings.Contains(text, s) {
				t.Errorf("%s: leaked %.4s... in %s", method, s, text)
			}
		}
		if strings.Contains(text, "ya29.") {
			t.Errorf("%s: a token in %s", method, text)
		}
	}
}

func secretsOfFile(t *testing.T, path string) []string {
	t.Helper()
	raw := must(helper.ReadFile(path, source.MaxDocument))(t)
	d := must(source.Parse(raw))(t)
	return []string{d.Text("refresh_token"), d.Text("client_secret")}
}

func TestUnwrap(t *testing.T) {
	w := newWorld(t)
	w.s.ServiceAccount(deployer).Delete()
	_, err := w.c.Mint(t.Context(), w.target(w.s.UserADC(alice), deployer))
	if !errors.Is(err, errNoAccount) {
		t.Errorf("%v does not wrap errNoAccount", err)
	}
}

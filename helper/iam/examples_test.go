package iam

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
)

// examples are the forms of credential file that x/oauth2 and google-auth publish
// with their own tests, with other names: each is of a kind, or refused for what it
// is. KEY is an RSA key, TOKEN the path of a subject token.
var examples = []struct {
	name, doc string
	// kind and own are the identity's; where kind is "" the document is refused and
	// want is in the reason.
	kind, own, want string
}{
	{"login of an SDK", `{"type":"authorized_user","client_id":"77.apps.googleusercontent.com","client_secret":"s3","refresh_token":"r1"}`, "authorized_user", "", ""},
	{"login with a quota project", `{"type":"authorized_user","client_id":"77.apps.googleusercontent.com","client_secret":"s3","refresh_token":"r1","quota_project_id":"billed"}`, "authorized_user", "", ""},
	{"login with a rapt token", `{"type":"authorized_user","client_id":"77","client_secret":"s3","refresh_token":"r1","rapt_token":"rt"}`, "authorized_user", "", ""},
	{"login without a refresh token", `{"type":"authorized_user","client_id":"77","client_secret":"s3"}`, "", "", "refresh_token"},
	{"key", `{"type":"service_account","project_id":"p-1","private_key_id":"1","private_key":"KEY","client_email":"ci@p-1.iam.gserviceaccount.com","client_id":"1","auth_uri":"https://accounts.google.com/o/oauth2/auth","token_uri":"https://accounts.google.com/o/oauth2/token","auth_provider_x509_cert_url":"https://www.googleapis.com/oauth2/v1/certs","client_x509_cert_url":"https://www.googleapis.com/robot/v1/metadata/x509/ci"}`, "service_account", "", ""},
	{"key without a token_uri", `{"type":"service_account","private_key_id":"1","private_key":"KEY","client_email":"ci@developer.gserviceaccount.com","client_id":"1"}`, "service_account", "", ""},
	{"key of another universe", `{"type":"service_account","universe_domain":"universe.foo","private_key":"KEY","client_email":"ci@p-1.iam.gserviceaccount.com","token_uri":"https://oauth2.universe.foo/token"}`, "service_account", "", ""},
	{"key that is none", `{"type":"service_account","private_key":"super secret key","client_email":"ci@developer.gserviceaccount.com"}`, "", "", "private_key"},
	{"key with a comma too many", `{"type":"service_account",}`, "", "", "comma"},
	{"client secrets", `{"web":{"client_id":"222.apps.googleusercontent.com","client_secret":"x","redirect_uris":["https://www.example.com/oauth2callback"]}}`, "", "", "OAuth"},
	{"installed client", `{"installed":{"client_id":"222.apps.googleusercontent.com"}}`, "", "", "OAuth"},
	{"Distributed Cloud", `{"type":"gdch_service_account","format_version":"1","project":"p","private_key_id":"1","private_key":"KEY","name":"n","ca_cert_path":"/x","token_uri":"https://sts.example.com/"}`, "", "", "Distributed Cloud"},
	{"anonymous", `{"type":"anonymous"}`, "", "", "anonymous"},
	{"federation, file", `{"type":"external_account","audience":"//iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/pool/providers/oidc","subject_token_type":"urn:ietf:params:oauth:token-type:jwt","token_url":"https://sts.googleapis.com/v1/token","credential_source":{"file":"TOKEN"}}`, "external_account", "", ""},
	{"federation, JSON file", `{"type":"external_account","audience":"//iam.googleapis.com/a","subject_token_type":"urn:ietf:params:oauth:token-type:jwt","token_url":"https://sts.googleapis.com/v1/token","credential_source":{"file":"TOKEN","format":{"type":"json","subject_token_field_name":"id_token"}}}`, "external_account", "", ""},
	{"federation, Azure", `{"type":"external_account","audience":"//iam.googleapis.com/a","subject_token_type":"urn:ietf:params:oauth:token-type:jwt","token_url":"https://sts.googleapis.com/v1/token","service_account_impersonation_url":"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/app@p-1.iam.gserviceaccount.com:generateAccessToken","credential_source":{"url":"http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=api://x","headers":{"Metadata":"True"},"format":{"type":"json","subject_token_field_name":"access_token"}}}`, "external_account", "app@p-1.iam.gserviceaccount.com", ""},
	{"federation, AWS", `{"type":"external_account","audience":"//iam.googleapis.com/a","subject_token_type":"urn:ietf:params:aws:token-type:aws4_request","token_url":"https://sts.googleapis.com/v1/token","token_info_url":"https://sts.googleapis.com/v1/introspect","credential_source":{"environment_id":"aws1","region_url":"http://169.254.169.254/latest/meta-data/placement/availability-zone","url":"http://169.254.169.254/latest/meta-data/iam/security-credentials","imdsv2_session_token_url":"http://169.254.169.254/latest/api/token","regional_cred_verification_url":"https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"}}`, "external_account", "", ""},
	{"federation, AWS of another version", `{"type":"external_account","audience":"//iam.googleapis.com/a","subject_token_type":"urn:ietf:params:aws:token-type:aws4_request","credential_source":{"environment_id":"aws3","url":"http://169.254.169.254/x"}}`, "", "", "environment_id"},
	{"federation, executable", `{"type":"external_account","audience":"//iam.googleapis.com/a","subject_token_type":"urn:ietf:params:oauth:token-type:saml2","token_url":"https://sts.googleapis.com/v1/token","service_account_impersonation":{"token_lifetime_seconds":2800},"service_account_impersonation_url":"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/app@p-1.iam.gserviceaccount.com:generateAccessToken","credential_source":{"executable":{"command":"/opt/corp/token --foo=bar","timeout_millis":30000,"interactive_timeout_millis":300000,"output_file":"/var/cache/token"}}}`, "external_account", "app@p-1.iam.gserviceaccount.com", ""},
	{"federation, X.509", `{"type":"external_account","audience":"//iam.googleapis.com/a","subject_token_type":"urn:ietf:params:oauth:token-type:mtls","token_url":"https://sts.mtls.googleapis.com/v1/token","credential_source":{"certificate":{"use_default_certificate_config":true}}}`, "", "", "X.509"},
	{"workforce federation", `{"type":"external_account","audience":"//iam.googleapis.com/locations/eu/workforcePools/pool/providers/p","subject_token_type":"urn:ietf:params:oauth:token-type:id_token","token_url":"https://sts.googleapis.com/v1/token","credential_source":{"file":"TOKEN"},"workforce_pool_user_project":"w-1"}`, "external_account", "", ""},
	{"workforce project of a workload", `{"type":"external_account","audience":"//iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/pool/providers/p","subject_token_type":"urn:ietf:params:oauth:token-type:jwt","credential_source":{"file":"TOKEN"},"workforce_pool_user_project":"w-1"}`, "", "", "workforce_pool_user_project"},
	{"workforce login", `{"type":"external_account_authorized_user","audience":"//iam.googleapis.com/locations/global/workforcePools/pool/providers/p","refresh_token":"r1","token_url":"https://sts.googleapis.com/v1/oauthtoken","token_info_url":"https://sts.googleapis.com/v1/introspect","client_id":"c","client_secret":"s3"}`, "external_account_authorized_user", "", ""},
	{"workforce login of another universe", `{"type":"external_account_authorized_user","universe_domain":"universe.foo","audience":"//iam.googleapis.com/locations/global/workforcePools/pool/providers/p","refresh_token":"r1","token_url":"https://sts.universe.foo/v1/oauthtoken","client_id":"c","client_secret":"s3"}`, "external_account_authorized_user", "", ""},
	{"impersonation over a login", `{"type":"impersonated_service_account","delegates":["link@p-1.iam.gserviceaccount.com"],"service_account_impersonation_url":"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/app@p-1.iam.gserviceaccount.com:generateAccessToken","source_credentials":{"type":"authorized_user","client_id":"77","client_secret":"s3","refresh_token":"r1"}}`, "authorized_user", "link@p-1.iam.gserviceaccount.com app@p-1.iam.gserviceaccount.com", ""},
	{"impersonation over a key", `{"type":"impersonated_service_account","delegates":[],"quota_project_id":"billed","service_account_impersonation_url":"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/app@p-1.iam.gserviceaccount.com:generateAccessToken","source_credentials":{"type":"service_account","private_key":"KEY","client_email":"ci@p-1.iam.gserviceaccount.com","token_uri":"https://oauth2.googleapis.com/token"}}`, "service_account", "app@p-1.iam.gserviceaccount.com", ""},
	{"impersonation over a workforce login", `{"type":"impersonated_service_account","service_account_impersonation_url":"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/app@p-1.iam.gserviceaccount.com:generateAccessToken","source_credentials":{"type":"external_account_authorized_user","audience":"//iam.googleapis.com/locations/global/workforcePools/pool/providers/p","refresh_token":"r1","token_url":"https://sts.googleapis.com/v1/oauthtoken","client_id":"c","client_secret":"s3"}}`, "external_account_authorized_user", "app@p-1.iam.gserviceaccount.com", ""},
	{"impersonation over nothing", `{"type":"impersonated_service_account","service_account_impersonation_url":"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/app@p-1.iam.gserviceaccount.com:generateAccessToken"}`, "", "", "source_credentials"},
	{"unknown", `{"type":"magic_cookie"}`, "", "", "magic_cookie"},
	{"no type", `{"client_id":"77","client_secret":"s3","refresh_token":"r1"}`, "", "", "type"},
}

// TestExamples reads each of them, without a call.
func TestExamples(t *testing.T) {
	w := newWorld(t)
	var members struct {
		Key string `json:"private_key"`
	}
	if err := json.Unmarshal(w.s.KeyADC(builder), &members); err != nil {
		t.Fatal(err)
	}
	token := w.file("token", []byte(w.s.SubjectToken("job")))
	for _, c := range examples {
		t.Run(c.name, func(t *testing.T) {
			w.T = t
			doc := strings.NewReplacer("KEY", strings.Trim(string(must(json.Marshal(members.Key))(t)), `"`), "TOKEN", token).Replace(c.doc)
			id, err := w.c.Identity(t.Context(), helper.Target{Source: helper.Source{Kind: "file", Path: w.file("adc.json", []byte(doc))}})
			if c.kind == "" {
				var e *helper.Error
				if !errors.As(err, &e) || e.Code != "bad-source" || e.Who != helper.User || !strings.Contains(e.Reason, c.want) {
					t.Errorf("%v, want a bad source for %s", err, c.want)
				}
			} else if err != nil || id.Kind != c.kind || strings.Join(id.Own, " ") != c.own {
				t.Errorf("%+v, %v", id, err)
			}
			w.calls(0)
		})
	}
}

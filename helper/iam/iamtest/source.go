package iamtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
)

// The files below are what gcloud writes and what GOOGLE_APPLICATION_CREDENTIALS
// names, with every URL on the Server.

// UserADC is the file of `gcloud auth application-default login`. The same user
// has the same file until RotateRefreshToken.
func (s *Server) UserADC(email string) []byte {
	a := s.User(email)
	s.mu.Lock()
	defer s.mu.Unlock()
	return file(map[string]any{
		"type": "authorized_user", "account": "", "universe_domain": "googleapis.com",
		"client_id": clientID, "client_secret": clientSecret,
		"refresh_token": s.issueRefresh(a), "token_uri": s.URL + "/token",
	})
}

// KeyADC is a service-account key file with the account's newest key.
func (s *Server) KeyADC(email string) []byte {
	a := s.ServiceAccount(email)
	k := a.Key()
	return file(map[string]any{
		"type": "service_account", "project_id": a.project(), "universe_domain": "googleapis.com",
		"private_key_id": k.ID, "private_key": k.PEM(), "client_email": email, "client_id": a.UniqueID,
		"auth_uri": s.URL + "/o/oauth2/auth", "token_uri": s.URL + "/token",
		"auth_provider_x509_cert_url": s.URL + "/oauth2/v1/certs",
		"client_x509_cert_url":        s.URL + "/robot/v1/metadata/x509/" + url.PathEscape(email),
	})
}

// ExternalOptions describe a workload identity federation file. Exactly one of
// File, URL, Azure, Command and AWS says where the subject token comes from.
type ExternalOptions struct {
	// File is a path that the caller writes SubjectToken to.
	File string
	// URL asks the Server for the subject token of Subject; Bearer is the credential
	// of the one job that asks, as a CI system gives it, if there is one.
	URL     bool
	Subject string
	Bearer  string
	// Azure is a URL source as Google's tools write it for a machine at Azure, whose
	// metadata service is the Server.
	Azure bool
	// Command is an executable that prints ExecutableResponse; OutputFile is its cache.
	Command    string
	OutputFile string
	// Timeout is the executable's timeout_millis, 5000 if zero.
	Timeout int
	// AWS takes the role of the machine from the Server's instance metadata, or
	// from AWS_* variables (AWSEnvironment).
	AWS bool
	// JSON wraps the subject token of File or URL in {"value": ...}.
	JSON bool
	// Target is the account of service_account_impersonation_url, if any.
	Target string
	// LifetimeSeconds is the token_lifetime_seconds of the impersonation.
	LifetimeSeconds int
}

// ExternalADC is a file of type external_account.
func (s *Server) ExternalADC(o ExternalOptions) []byte {
	f := map[string]any{
		"type": "external_account", "universe_domain": "googleapis.com", "audience": WorkloadAudience,
		"subject_token_type": typeJWT, "token_url": s.URL + "/v1/token", "token_info_url": s.URL + "/v1/introspect",
	}
	format := map[string]any{"type": "text"}
	if o.JSON {
		format = map[string]any{"type": "json", "subject_token_field_name": "value"}
	}
	switch {
	case o.AWS:
		f["audience"], f["subject_token_type"] = AWSAudience, typeAWS
		f["credential_source"] = s.awsSource()
	case o.Command != "":
		f["subject_token_type"] = typeID
		exe := map[string]any{"command": o.Command, "timeout_millis": cmp.Or(o.Timeout, 5000)}
		if o.OutputFile != "" {
			exe["output_file"] = o.OutputFile
		}
		f["credential_source"] = map[string]any{"executable": exe}
	case o.Azure:
		f["credential_source"] = s.azureSource()
	case o.URL:
		query := url.Values{"subject": {o.Subject}}
		if o.JSON {
			query.Set("format", "json")
		}
		headers := map[string]any{subjectHeader: "stand-in"}
		if o.Bearer != "" {
			headers["Authorization"] = "Bearer " + o.Bearer
		}
		f["credential_source"] = map[string]any{
			"url": s.URL + subjectPath + "?" + query.Encode(), "format": format, "headers": headers,
		}
	default:
		f["credential_source"] = map[string]any{"file": o.File, "format": format}
	}
	if o.Target != "" {
		f["service_account_impersonation_url"] = s.impersonationURL(o.Target)
		if o.LifetimeSeconds > 0 {
			f["service_account_impersonation"] = map[string]any{"token_lifetime_seconds": o.LifetimeSeconds}
		}
	}
	return file(f)
}

// ExternalUserADC is a file of type external_account_authorized_user: a person
// who logged in through a workforce pool.
func (s *Server) ExternalUserADC(subject string) []byte {
	a := s.WorkforcePrincipal(subject)
	s.mu.Lock()
	defer s.mu.Unlock()
	return file(map[string]any{
		"type": "external_account_authorized_user", "universe_domain": "googleapis.com", "audience": WorkforceAudience,
		"client_id": clientID, "client_secret": clientSecret, "refresh_token": s.issueRefresh(a),
		"token_url": s.URL + "/v1/oauthtoken", "token_info_url": s.URL + "/v1/introspect",
	})
}

// ImpersonatedADC is the file of `gcloud auth application-default login
// --impersonate-service-account`: source with target on top. It panics if
// source is not JSON, which only a mistake in the caller can cause.
func (s *Server) ImpersonatedADC(source []byte, target string, delegates ...string) []byte {
	var inner map[string]any
	if err := json.Unmarshal(source, &inner); err != nil {
		panic(fmt.Sprintf("stand-in: source of %s: %v", target, err))
	}
	return file(map[string]any{
		"type": "impersonated_service_account", "delegates": append([]string{}, delegates...),
		"service_account_impersonation_url": s.impersonationURL(target), "source_credentials": inner,
	})
}

func (s *Server) impersonationURL(target string) string {
	return s.URL + namePrefix + "-/serviceAccounts/" + target + ":generateAccessToken"
}

func file(v map[string]any) []byte {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic("stand-in: " + err.Error())
	}
	return append(b, '\n')
}

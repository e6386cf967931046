package iamtest

import (
	"net/url"
	"strings"
	"time"
)

// The pools of the stand-in. Audiences are what a source file names, without a
// scheme as Google's configuration tool writes them.
const (
	workloadPool  = "iam.googleapis.com/projects/" + ProjectNumber + "/locations/global/workloadIdentityPools/demo-pool"
	workforcePool = "iam.googleapis.com/locations/global/workforcePools/demo-pool"

	WorkloadAudience  = "//" + workloadPool + "/providers/demo-provider"
	AWSAudience       = "//" + workloadPool + "/providers/aws"
	WorkforceAudience = "//" + workforcePool + "/providers/demo-provider"

	typeAccess = "urn:ietf:params:oauth:token-type:access_token"
	typeJWT    = "urn:ietf:params:oauth:token-type:jwt"
	typeID     = "urn:ietf:params:oauth:token-type:id_token"
	typeAWS    = "urn:ietf:params:aws:token-type:aws4_request"
)

func workloadName(subject string) string {
	return "principal://" + workloadPool + "/subject/" + subject
}
func workforceName(subject string) string {
	return "principal://" + workforcePool + "/subject/" + subject
}

// serveSTS is sts.googleapis.com/v1/token: an outside identity's token becomes
// a federated access token.
func (s *Server) serveSTS(q *request) reply {
	form, err := url.ParseQuery(string(q.body))
	if err != nil {
		return oauthError(400, "invalid_request", "Could not parse the request body.")
	}
	audience := form.Get("audience")
	q.call.Audience = audience
	if form.Get("grant_type") != grantExchange {
		return oauthError(400, "unsupported_grant_type", "Invalid grant_type: "+form.Get("grant_type"))
	}
	name, isWorkforce := workloadName, audience == WorkforceAudience
	if isWorkforce {
		name = workforceName
	}
	if audience != WorkloadAudience && audience != AWSAudience && !isWorkforce {
		return oauthError(400, "invalid_request", `Invalid value for "audience". This value should be the full resource name of the Identity Provider.`)
	}
	if form.Get("requested_token_type") != typeAccess {
		return oauthError(400, "invalid_request", `Invalid value for "requested_token_type".`)
	}
	scopes := strings.Fields(form.Get("scope"))
	if len(scopes) == 0 {
		return oauthError(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.")
	}
	subject, refusal := s.subject(form, audience)
	if refusal != nil {
		return *refusal
	}
	q.call.Principal, q.call.Scopes = name(subject), scopes
	if a := s.accounts[name(subject)]; a != nil && a.disabled {
		return oauthError(400, "unauthorized_client", "The given credential is rejected by the attribute condition.")
	}
	r := s.tokenReply(name(subject), scopes)
	delete(r.json, "scope") // STS does not repeat it
	r.json["issued_token_type"] = typeAccess
	return r
}

// subject verifies the subject token and returns whom it names.
func (s *Server) subject(form url.Values, audience string) (string, *reply) {
	refuse := func(code, text string) (string, *reply) {
		r := oauthError(400, code, text)
		return "", &r
	}
	token := form.Get("subject_token")
	if token == "" {
		return refuse("invalid_request", `Invalid value for "subject_token".`)
	}
	kind := form.Get("subject_token_type")
	if (kind == typeAWS) != (audience == AWSAudience) {
		return refuse("invalid_request", `Invalid value for "subject_token_type".`)
	}
	switch kind {
	case typeAWS:
		arn, err := s.verifyAWS(token)
		if err != nil {
			return refuse("invalid_grant", "The AWS security token is not valid: "+err.Error()+".")
		}
		return arn, nil
	case typeJWT, typeID:
	default:
		return refuse("invalid_request", `Invalid value for "subject_token_type".`)
	}
	t, err := parseJWT(token)
	if err != nil {
		return refuse("invalid_grant", "Error parsing the ID Token.")
	}
	if t.claims.String("iss") != s.provider() {
		return refuse("invalid_grant", "The issuer in ID Token does not match the expected ones.")
	}
	if err := t.verify(s.providerKey()); err != nil {
		return refuse("invalid_grant", "Error code: INVALID_SIGNATURE; the ID Token's signature could not be verified.")
	}
	if t.claims.String("aud") != "https:"+audience {
		return refuse("invalid_grant", "The audience in ID Token ["+t.claims.String("aud")+"] does not match the expected audience.")
	}
	if s.checkTime(t.claims) != nil {
		return refuse("invalid_grant", "ID Token issued at "+t.claims.Time("iat").UTC().Format(time.RFC3339)+" is stale to sign-in.")
	}
	return t.claims.String("sub"), nil
}

package main

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/issuer/issuertest"
)

const (
	email    = "pusher@project.iam.gserviceaccount.com"
	roleARN  = "arn:aws:iam::123456789012:role/ci/pusher"
	region   = "eu-west-1"
	account  = "123456789012"
	proxy    = "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com"
	keyID    = "ASIASTANDIN000000001"
	session  = "session-token"
	password = "ecr-password"
)

// amazon stands in for STS and ECR of one region: a role that trusts one service
// account, and a registry behind it.
type amazon struct {
	google *iamtest.Server

	mu sync.Mutex
	// subject and audience are what the role's trust policy names.
	subject, audience string
	// proxy, life and ecrCode shape ECR's answer; status is of both services.
	proxy   string
	life    time.Duration
	ecrCode string
	stsCode string
	status  int
	// ahead is by how much the clock of AWS is ahead of ours.
	ahead time.Duration
	calls []string
	// endless has STS answer without an end, and streamed counts what it wrote.
	endless  bool
	streamed atomic.Int64
}

func newAmazon(t *testing.T, google *iamtest.Server) *amazon {
	t.Helper()
	sa := google.ServiceAccount(email)
	return &amazon{google: google, subject: sa.UniqueID, audience: "sts.amazonaws.com", proxy: proxy, life: 12 * time.Hour}
}

func (a *amazon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.endless {
		issuertest.Stream(w, r, &a.streamed)
		return
	}
	w.Header().Set("Date", time.Now().Add(a.ahead).UTC().Format(http.TimeFormat))
	if r.Header.Get("X-Amz-Target") != "" {
		a.ecr(w, r)
		return
	}
	a.sts(w, r)
}

type stsError struct {
	XMLName xml.Name `xml:"ErrorResponse"`
	Type    string   `xml:"Error>Type"`
	Code    string   `xml:"Error>Code"`
	Message string   `xml:"Error>Message"`
}

func (a *amazon) refuse(w http.ResponseWriter, code, message string) {
	status := http.StatusBadRequest
	if code == "AccessDenied" {
		status = http.StatusForbidden
	}
	if a.status != 0 {
		status = a.status
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(stsError{Type: "Sender", Code: code, Message: message})
}

// sts checks the token as AWS does: Google's signature and issuer, then the
// trust policy's conditions. With azp in the token, "oaud" is the audience.
func (a *amazon) sts(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	a.calls = append(a.calls, r.Form.Get("Action")+" "+r.Form.Get("DurationSeconds"))
	if r.Header.Get("Authorization") != "" {
		a.refuse(w, "InvalidClientTokenId", "a signature by a key that nobody gave")
		return
	}
	if a.stsCode != "" {
		a.refuse(w, a.stsCode, "as told")
		return
	}
	if r.Form.Get("Action") != "AssumeRoleWithWebIdentity" || r.Form.Get("Version") != "2011-06-15" {
		a.refuse(w, "InvalidAction", r.Form.Get("Action"))
		return
	}
	claims, err := a.google.VerifyIDToken(r.Form.Get("WebIdentityToken"), a.audience)
	if err != nil {
		if strings.Contains(err.Error(), "audience") {
			a.refuse(w, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
			return
		}
		a.refuse(w, "InvalidIdentityToken", err.Error())
		return
	}
	if r.Form.Get("RoleArn") != roleARN || claims.String("sub") != a.subject || claims.String("email") != email {
		a.refuse(w, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprintf(w, `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>`+
		`<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>%s</SessionToken><Expiration>%s</Expiration></Credentials>`+
		`</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`, keyID, session, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
}

// ecr wants a signature by the session that sts gave, for the right region.
func (a *amazon) ecr(w http.ResponseWriter, r *http.Request) {
	var in struct{ RegistryIDs []string }
	_ = json.NewDecoder(r.Body).Decode(&in)
	a.calls = append(a.calls, r.Header.Get("X-Amz-Target")+" "+strings.Join(in.RegistryIDs, ","))
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	signed := strings.Contains(r.Header.Get("Authorization"), "Credential="+keyID+"/") &&
		strings.Contains(r.Header.Get("Authorization"), "/"+region+"/ecr/aws4_request")
	code := a.ecrCode
	if !signed || r.Header.Get("X-Amz-Security-Token") != session {
		code = "UnrecognizedClientException"
	}
	if code != "" {
		w.WriteHeader(max(a.status, http.StatusBadRequest))
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": "as told"})
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"authorizationData": []any{map[string]any{
		"authorizationToken": base64.StdEncoding.EncodeToString([]byte("AWS:" + password)),
		"expiresAt":          float64(time.Now().Add(a.ahead + a.life).Unix()),
		"proxyEndpoint":      a.proxy,
	}}})
}

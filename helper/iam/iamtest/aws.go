package iamtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The machine on Amazon that an AWS source runs on.
const (
	awsRole      = "demo-role"
	awsRegion    = "us-east-1"
	awsIMDSToken = "standin-imds-token"
)

// AWSSubject is the subject of the AWS source on that machine; WorkloadPrincipal
// takes it.
const AWSSubject = awsSession + awsRole + awsInstance

const (
	awsSession  = "arn:aws:sts::123456789012:assumed-role/"
	awsInstance = "/i-0123456789abcdef0"
)

// AWSSubjectOf is the subject of another role.
func AWSSubjectOf(role string) string { return awsSession + role + awsInstance }

// awsKeys are the keys of a role.
type awsKeys struct{ id, secret, session string }

func awsKeysOf(role string) awsKeys {
	sum := sha256.Sum256([]byte(role))
	return awsKeys{
		id: "ASIA" + strings.ToUpper(hex.EncodeToString(sum[:8])), secret: "standin/secret/" + hex.EncodeToString(sum[8:24]),
		session: awsSessionPrefix + role,
	}
}

const awsSessionPrefix = "standin-session-token-of-"

// AWSEnvironment is the AWS_* environment of that machine.
func AWSEnvironment() []string { return AWSEnvironmentOf(awsRole) }

// AWSEnvironmentOf is the environment of a program that has another role.
func AWSEnvironmentOf(role string) []string {
	k := awsKeysOf(role)
	return []string{
		"AWS_REGION=" + awsRegion, "AWS_ACCESS_KEY_ID=" + k.id, "AWS_SECRET_ACCESS_KEY=" + k.secret, "AWS_SESSION_TOKEN=" + k.session,
	}
}

func (s *Server) awsSource() map[string]any {
	return map[string]any{
		"environment_id":                 "aws1",
		"region_url":                     s.URL + "/latest/meta-data/placement/availability-zone",
		"url":                            s.URL + "/latest/meta-data/iam/security-credentials",
		"imdsv2_session_token_url":       s.URL + "/latest/api/token",
		"regional_cred_verification_url": "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
	}
}

// serveIMDS is the instance metadata service, version 2.
func (s *Server) serveIMDS(q *request) reply {
	path := strings.TrimSuffix(strings.TrimPrefix(q.URL.Path, "/latest"), "/")
	if path == "/api/token" {
		if q.Method != "PUT" || q.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds") == "" {
			return text(400, "Bad Request")
		}
		return text(200, awsIMDSToken)
	}
	if q.Header.Get("X-Aws-Ec2-Metadata-Token") != awsIMDSToken {
		return text(401, "Unauthorized")
	}
	switch path {
	case "/meta-data/placement/availability-zone":
		return text(200, awsRegion+"b")
	case "/meta-data/placement/region":
		return text(200, awsRegion)
	case "/meta-data/iam/security-credentials":
		return text(200, awsRole)
	case "/meta-data/iam/security-credentials/" + awsRole:
		return s.awsKeysReply(awsRole)
	}
	return text(404, "Not Found")
}

// AWSContainerURI is the path at which the Server gives a container with that role
// its keys, as ECS and EKS do. A token in the Authorization header has to be
// AWSContainerToken(role).
func AWSContainerURI(role string) string { return awsContainerPath + role }

// AWSContainerToken is the authorization token of a container.
func AWSContainerToken(role string) string { return "standin-container-token-of-" + role }

const awsContainerPath = "/v2/credentials/"

func (s *Server) serveAWSContainer(q *request) reply {
	role := strings.TrimPrefix(q.URL.Path, awsContainerPath)
	if auth := q.Header.Get("Authorization"); auth != "" {
		name, known := strings.CutPrefix(auth, AWSContainerToken(""))
		if !known {
			return reply{status: 400, json: map[string]any{"code": "InvalidToken", "message": "the token is not valid"}}
		}
		role = name
	}
	if role == "" {
		return reply{status: 400, json: map[string]any{"code": "NoIdentity", "message": "no token and no task"}}
	}
	return s.awsKeysReply(role)
}

func (s *Server) awsKeysReply(role string) reply {
	k := awsKeysOf(role)
	return ok(map[string]any{
		"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": k.id, "SecretAccessKey": k.secret, "RoleArn": AWSSubjectOf(role),
		"Token": k.session, "Expiration": s.Now().Add(6 * time.Hour).UTC().Format(time.RFC3339),
	})
}

// signedRequest is the GetCallerIdentity request that a client signs but never
// sends: Google would, and learn from Amazon whose it is.
type signedRequest struct {
	URL     string `json:"url"`
	Method  string `json:"method"`
	Headers []struct{ Key, Value string }
}

// verifyAWS checks the signed request as Amazon would (Signature Version 4),
// and that it was meant for this pool.
func (s *Server) verifyAWS(token string) (arn string, err error) {
	plain, err := url.QueryUnescape(token)
	if err != nil {
		return "", err
	}
	var r signedRequest
	if err := json.Unmarshal([]byte(plain), &r); err != nil {
		return "", err
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return "", err
	}
	if r.Method != "POST" || u.Scheme != "https" || u.Query().Get("Action") != "GetCallerIdentity" ||
		u.Host != "sts."+awsRegion+".amazonaws.com" {
		return "", fmt.Errorf("%s %s is not GetCallerIdentity", r.Method, r.URL)
	}
	headers := map[string]string{}
	for _, h := range r.Headers {
		headers[strings.ToLower(h.Key)] = h.Value
	}
	if headers["x-goog-cloud-target-resource"] != AWSAudience {
		return "", errors.New("x-goog-cloud-target-resource names another pool")
	}
	role, known := strings.CutPrefix(headers["x-amz-security-token"], awsSessionPrefix)
	if !known {
		return "", errors.New("wrong session token")
	}
	at, err := time.Parse("20060102T150405Z", headers["x-amz-date"])
	if err != nil || s.Now().Sub(at).Abs() > 15*time.Minute {
		return "", errors.New("x-amz-date is missing or stale")
	}
	return AWSSubjectOf(role), checkV4(u, headers, awsKeysOf(role))
}

func checkV4(u *url.URL, headers map[string]string, keys awsKeys) error {
	date := headers["x-amz-date"]
	scope := date[:8] + "/" + awsRegion + "/sts/aws4_request"
	rest, found := strings.CutPrefix(headers["authorization"], "AWS4-HMAC-SHA256 Credential="+keys.id+"/"+scope+", SignedHeaders=")
	names, signature, cut := strings.Cut(rest, ", Signature=")
	if !found || !cut {
		return errors.New("malformed authorization")
	}
	signed := strings.Split(names, ";")
	for _, must := range []string{"host", "x-amz-date", "x-amz-security-token", "x-goog-cloud-target-resource"} {
		if !slices.Contains(signed, must) {
			return fmt.Errorf("%s is not signed", must)
		}
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	var lines strings.Builder
	for _, name := range signed {
		lines.WriteString(name + ":" + strings.TrimSpace(headers[name]) + "\n")
	}
	empty := sha256.Sum256(nil)
	canonical := strings.Join([]string{"POST", path, u.Query().Encode(), lines.String(), names, hex.EncodeToString(empty[:])}, "\n")
	sum := sha256.Sum256([]byte(canonical))
	toSign := strings.Join([]string{"AWS4-HMAC-SHA256", date, scope, hex.EncodeToString(sum[:])}, "\n")
	key := []byte("AWS4" + keys.secret)
	for _, part := range []string{date[:8], awsRegion, "sts", "aws4_request", toSign} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	if !hmac.Equal([]byte(hex.EncodeToString(key)), []byte(signature)) {
		return errors.New("signature does not match")
	}
	return nil
}

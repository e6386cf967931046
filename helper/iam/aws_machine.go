package iam

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

// instanceMetadata is the metadata service of a machine at Amazon, version 2
// where the document names its session_token_url.
type instanceMetadata struct {
	c *Client
	s source.Subject
	// session is the token that every question carries.
	session string
}

// region returns the machine's region.
func (m *instanceMetadata) region(ctx context.Context) (string, error) {
	if m.s.RegionURL == "" {
		return "", awsFailure("there is neither AWS_REGION nor a region_url in the credential_source", helper.SetCommand("AWS_REGION", "REGION"))
	}
	zone, err := m.get(ctx, m.s.RegionURL)
	if err != nil || len(zone) < 2 {
		return "", orReply(err)
	}
	return zone[:len(zone)-1], nil // us-east-1b is a zone of us-east-1
}

// keys returns those of the role that the machine has.
func (m *instanceMetadata) keys(ctx context.Context) (aws.Credentials, error) {
	if m.s.URL == "" {
		return aws.Credentials{}, awsFailure("there are neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY nor a url in the credential_source", showAWS())
	}
	role, err := m.get(ctx, m.s.URL)
	if err != nil {
		return aws.Credentials{}, err
	}
	text, err := m.get(ctx, m.s.URL+"/"+role)
	if err != nil {
		return aws.Credentials{}, err
	}
	return readAWSKeys(text)
}

// readAWSKeys reads keys as Amazon's local services give them.
func readAWSKeys(text string) (aws.Credentials, error) {
	var reply struct{ AccessKeyID, SecretAccessKey, Token string }
	if json.Unmarshal([]byte(text), &reply) != nil || reply.AccessKeyID == "" || reply.SecretAccessKey == "" {
		return aws.Credentials{}, errReply
	}
	return aws.Credentials{AccessKeyID: reply.AccessKeyID, SecretAccessKey: reply.SecretAccessKey, SessionToken: reply.Token}, nil
}

// get asks one question, with a session of its own before the first.
func (m *instanceMetadata) get(ctx context.Context, url string) (string, error) {
	if m.session == "" && m.s.SessionURL != "" {
		session, err := m.open(ctx)
		if err != nil {
			return "", err
		}
		m.session = session
	}
	return m.ask(ctx, http.MethodGet, url, "X-Aws-Ec2-Metadata-Token", m.session)
}

// sessionTime is how long the service may take to open a session: it is in the
// machine. The reply to this one question has a hop limit, one as a rule, and gets
// lost on the way into a container.
const sessionTime = 4 * time.Second

func (m *instanceMetadata) open(ctx context.Context) (string, error) {
	timed, cancel := context.WithTimeout(ctx, sessionTime)
	defer cancel()
	session, err := m.ask(timed, http.MethodPut, m.s.SessionURL, "X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "300")
	if err == nil || ctx.Err() != nil || timed.Err() == nil {
		return session, err
	}
	return "", &failure{fatal: true, offline: true, local: &helper.Error{
		Who: helper.Admin, Op: "ask", Object: "the metadata service of this machine at Amazon", Code: "hop-limit", Unreachable: true,
		Reason: "no answer within " + sessionTime.String() + "; from a container it answers only where its hop limit is 2 or more",
		Hint:   "aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2 --instance-id ID",
	}}
}

func (m *instanceMetadata) ask(ctx context.Context, method, url, header, value string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return "", awsFailure("a URL of the credential_source is not one", "")
	}
	if value != "" {
		req.Header.Set(header, value)
	}
	body, err := fetchBody(m.c.http, req)
	return strings.TrimSpace(string(body)), err
}

func orReply(err error) error {
	if err == nil {
		return errReply
	}
	return err
}

// awsFailure is the error of an AWS identity that cannot be had on this machine.
func awsFailure(why, fix string) error {
	return &failure{fatal: true, local: &helper.Error{
		Who: helper.User, Op: "get", Object: "the AWS identity of this program", Reason: why, Hint: fix, Code: "bad-source",
	}}
}

// showAWS names the variables that decide an AWS identity; their values are secrets.
func showAWS() string { return helper.NamesCommand("AWS_") }

// refused is about the no of Amazon's local services.
func (s awsSubject) refused(f *failure, e *external, to *helper.Error) {
	switch {
	case e.principal.Container != nil:
		to.Reason += "; AWS_CONTAINER_AUTHORIZATION_TOKEN or its _FILE must be the token of this container"
		to.Hint = showAWS()
	case f.status == http.StatusNotFound:
		to.Who, to.Reason = helper.Admin, to.Reason+"; the machine has no role"
		to.Hint = "aws ec2 associate-iam-instance-profile --instance-id ID --iam-instance-profile Name=PROFILE"
	case s.SessionURL == "":
		to.Reason += "; where it wants sessions (IMDSv2), the credential_source of " + e.in.String() + " needs an imdsv2_session_token_url"
	}
}

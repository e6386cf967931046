package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer"
)

// assumeError turns a refusal of STS into who must do what.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
func (t target) assumeError(err error, token issuer.Secret) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return t.unreachable("AWS STS", err)
	}
	text := fmt.Sprintf("AWS STS refused the role %s: %s: %s", t.roleARN, api.ErrorCode(), api.ErrorMessage())
	show := "aws iam get-role --role-name " + t.role + " --query Role.AssumeRolePolicyDocument"
	switch api.ErrorCode() {
	case "AccessDenied", "AccessDeniedException":
		reason := fmt.Sprintf("the role %s does not trust this service account, or it does not exist (%s)", t.roleARN, api.ErrorMessage())
		missing := trust(token, t.audience)
		// Appended, because the command replaces whoever else the role trusts.
		hint := helper.ChangeOutput("aws iam update-assume-role-policy --role-name "+t.role+" --policy-document", show+" --output json",
			".Statement += ["+missing+"]", "file://", "trust.json")
		if !strings.Contains(hint, missing) {
			reason += "; what its policy lacks in Statement is " + missing
		}
		return issuer.AdminError(reason, hint)
	case "InvalidIdentityToken", "InvalidIdentityTokenException", "IDPRejectedClaim", "IDPRejectedClaimException":
		return issuer.AdminError(text, show)
	case "ExpiredTokenException", "ExpiredToken":
		return issuer.UserError("AWS STS found the ID token expired: the clock of this machine is probably wrong", helper.SetClock())
	case "RegionDisabledException":
		return issuer.AdminError(fmt.Sprintf("AWS STS is not active in the region %s", t.region), "aws account enable-region --region-name "+t.region)
	case "ValidationError", "ValidationException":
		return issuer.UserError(text, fmt.Sprintf("credential-iam configure --docker %s --issuer ecr --option duration=1h", t.host))
	}
	return down(issuer.AdminError(text, show), err)
}

// authorizeError turns a refusal of ECR into who must do what.
func (t target) authorizeError(err error) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return t.unreachable("ECR", err)
	}
	text := fmt.Sprintf("ECR in %s refused a password for registry %s: %s: %s", t.region, t.registry, api.ErrorCode(), api.ErrorMessage())
	grant := fmt.Sprintf("aws iam attach-role-policy --role-name %s --policy-arn arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser", t.role)
	switch api.ErrorCode() {
	case "ExpiredTokenException", "InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired":
		return issuer.UserError(text+": the clock of this machine is probably wrong", helper.SetClock())
	case "UnrecognizedClientException", "InvalidClientTokenId", "OptInRequired":
		return issuer.AdminError(text+": the region is probably not active for the account", "aws account enable-region --region-name "+t.region)
	case "InvalidParameterException":
		return issuer.UserError(text, fmt.Sprintf("credential-iam configure --docker %s --issuer ecr --option registryId=%s", t.host, t.account))
	}
	return down(issuer.AdminError(text, grant), err)
}

// unreachable is an error of the way to AWS rather than of its answer.
func (t target) unreachable(service string, err error) error {
	var deadline interface{ Timeout() bool }
	var dns *net.DNSError
	e := &issuer.Error{Who: helper.User, Unreachable: true, Reason: fmt.Sprintf("%s in %s cannot be reached: %v", service, t.region, inner(err)), Hint: helper.ProxiesCommand("aws_")}
	if errors.As(err, &dns) && dns.IsNotFound {
		e.Reason = fmt.Sprintf("%s has no endpoint %s: is %q a region?", service, dns.Name, t.region)
	} else if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &deadline) && deadline.Timeout() {
		e.Reason = fmt.Sprintf("%s in %s did not answer in time", service, t.region)
	}
	return e
}

// inner returns the last cause, without the SDK's own layers around it.
func inner(err error) error {
	var send *smithyhttp.RequestSendError
	if errors.As(err, &send) {
		return send.Err
	}
	return err
}

// down marks an error of the server itself.
func down(e *issuer.Error, err error) error {
	var r *smithyhttp.ResponseError
	if errors.As(err, &r) && (r.HTTPStatusCode() >= 500 || r.HTTPStatusCode() == 429) {
		e.Unreachable = true
	}
	return e
}

// trust returns the statement that the role's trust policy needs. In an ID token of Google
// that has azp, AWS takes azp for "aud" and the audience for "oaud"; "sub" is
// the account's numeric id in both.
func trust(token issuer.Secret, audience string) string {
	subject := "SERVICE_ACCOUNT_UNIQUE_ID"
	if p := strings.Split(token.Reveal(), "."); len(p) == 3 {
		var c struct {
			Sub string `json:"sub"`
		}
		if raw, err := base64.RawURLEncoding.DecodeString(p[1]); err == nil && json.Unmarshal(raw, &c) == nil && match(`^[0-9]+$`, c.Sub) != nil {
			subject = c.Sub
		}
	}
	statement := map[string]any{
		"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
		"Principal": map[string]string{"Federated": "accounts.google.com"},
		"Condition": map[string]any{"StringEquals": map[string]string{
			"accounts.google.com:sub": subject, "accounts.google.com:oaud": strings.ReplaceAll(audience, "'", ""),
		}},
	}
	out, err := json.Marshal(statement)
	if err != nil {
		return "{}"
	}
	return string(out)
}

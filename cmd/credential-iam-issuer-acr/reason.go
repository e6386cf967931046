package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer"
)

// loginError turns a refusal of Microsoft Entra into who must do what.
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
func (t target) loginError(err error, token issuer.Secret) error {
	var refused *azidentity.AuthenticationFailedError
	if !errors.As(err, &refused) || refused.RawResponse == nil {
		return t.unreachable("Microsoft Entra", t.authority, err)
	}
	var body struct {
		Description string `json:"error_description"`
	}
	raw, _ := io.ReadAll(io.LimitReader(refused.RawResponse.Body, 64<<10)) // what could be read says enough
	_ = json.Unmarshal(raw, &body)
	text, _, _ := strings.Cut(body.Description, " Trace ID")
	status := refused.RawResponse.StatusCode
	if text == "" {
		text = fmt.Sprintf("status %d", status)
	}
	code := regexp.MustCompile(`AADSTS[0-9]+`).FindString(text)
	show := "az ad app federated-credential list --id " + t.client
	switch code {
	case "AADSTS70021", "AADSTS700211", "AADSTS700212", "AADSTS700213":
		return issuer.AdminError("the application "+t.client+" has no federated credential for this service account: "+text,
			helper.OfText("az ad app federated-credential create --id "+t.client+" --parameters", federated(token, t.audience), "", "credential.json"))
	case "AADSTS700016":
		return issuer.UserError(text, fmt.Sprintf("credential-iam configure --docker %s --issuer acr --option clientId=APPLICATION", t.host))
	case "AADSTS90002", "AADSTS900023":
		return issuer.UserError(text, fmt.Sprintf("credential-iam configure --docker %s --issuer acr --option tenantId=TENANT", t.host))
	case "AADSTS700024":
		return issuer.UserError("Microsoft Entra found the ID token outside its time: the clock of this machine is probably wrong", helper.SetClock())
	case "AADSTS500011":
		return issuer.AdminError(text, "az provider register --namespace Microsoft.ContainerRegistry")
	}
	e := issuer.AdminError("Microsoft Entra refused the service account: "+text, show)
	e.Unreachable = status >= 500 || status == 429
	return e
}

// exchangeError turns a refusal of the registry into who must do what.
func (t target) exchangeError(err error) error {
	var r *azcore.ResponseError
	if !errors.As(err, &r) {
		return t.unreachable("the registry", t.host, err)
	}
	name, domain, _ := strings.Cut(t.host, ".")
	if !strings.HasPrefix(domain, "azurecr.") {
		name = "REGISTRY"
	}
	reason := fmt.Sprintf("the registry refused the application %s: status %d %s", t.client, r.StatusCode, r.ErrorCode)
	grant := helper.OfOutput("az role assignment create --assignee "+t.client+" --role AcrPush --scope", "az acr show --name "+name+" --query id --output tsv")
	switch {
	case r.StatusCode == 404:
		return issuer.UserError(fmt.Sprintf("%s has no token exchange: it is no Azure Container Registry", t.host), "az acr list --query "+helper.ShellWord("[].loginServer"))
	case r.StatusCode >= 500 || r.StatusCode == 429:
		return &issuer.Error{Who: helper.User, Reason: reason, Unreachable: true}
	}
	return issuer.AdminError(reason, grant)
}

func (t target) unreachable(service, where string, err error) error {
	e := &issuer.Error{Who: helper.User, Unreachable: true, Hint: helper.ProxiesCommand("azure_")}
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		e.Reason = fmt.Sprintf("%s at %s did not answer in time", service, where)
		return e
	}
	e.Reason = fmt.Sprintf("%s at %s cannot be reached: %v", service, where, err)
	return e
}

// federated returns the parameters of the federated credential that is missing.
// Entra compares issuer, subject and audience, and the subject of a Google ID
// token is the account's numeric id.
func federated(token issuer.Secret, audience string) string {
	subject := "SERVICE_ACCOUNT_UNIQUE_ID"
	if p := strings.Split(token.Reveal(), "."); len(p) == 3 {
		var c struct {
			Sub string `json:"sub"`
		}
		raw, err := base64.RawURLEncoding.DecodeString(p[1])
		if err == nil && json.Unmarshal(raw, &c) == nil && regexp.MustCompile(`^[0-9]+$`).MatchString(c.Sub) {
			subject = c.Sub
		}
	}
	out, err := json.Marshal(map[string]any{
		"name": "credential-iam", "issuer": "https://accounts.google.com", "subject": subject,
		"audiences": []string{strings.ReplaceAll(audience, "'", "")},
	})
	if err != nil {
		return "{}"
	}
	return string(out)
}

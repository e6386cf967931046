package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/credential-iam/credential-iam/helper/issuer"
)

type vault struct{}

func (vault) Issue(ctx context.Context, req issuer.Request, id issuer.Identity) (issuer.Credential, error) {
	token, err := id.IDToken(ctx, "vault/"+req.Options["role"])
	if err != nil {
		return issuer.Credential{}, err
	}
	body, err := json.Marshal(map[string]string{"role": req.Options["role"], "jwt": token.Secret.Reveal()})
	if err != nil {
		return issuer.Credential{}, err
	}
	login, err := http.NewRequestWithContext(ctx, http.MethodPost, req.Options["address"]+"/v1/auth/gcp/login", bytes.NewReader(body))
	if err != nil {
		return issuer.Credential{}, issuer.UserError("issuer.address: "+err.Error(), "credential-iam status")
	}
	reply, err := http.DefaultClient.Do(login)
	if err != nil {
		return issuer.Credential{}, &issuer.Error{Who: "user", Reason: err.Error(), Hint: "vault status", Unreachable: true}
	}
	defer reply.Body.Close()
	var out struct{ Auth struct { ClientToken string `json:"client_token"`; LeaseDuration int `json:"lease_duration"` } }
	if err := json.NewDecoder(reply.Body).Decode(&out); err != nil || reply.StatusCode != http.StatusOK {
		return issuer.Credential{}, issuer.AdminError(fmt.Sprintf("vault refused: status %d", reply.StatusCode), "vault list auth/gcp/role")
	}
	return issuer.Credential{Username: "vault", Secret: issuer.NewSecret(out.Auth.ClientToken), Expires: time.Now().Add(time.Duration(out.Auth.LeaseDuration) * time.Second)}, nil
}

func main() {
	issuer.Serve(vault{}, issuer.Version("0.1.0"), issuer.Env(issuer.Proxies()...), issuer.Needs("address", "URL of Vault"), issuer.Needs("role", "role of the gcp auth method"))
}

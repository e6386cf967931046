package client

import (
	"context"
	"errors"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// configureKube makes the plugin complete. Which context kubectl runs it for, it does
// not say.
const configureKube = `credential-iam configure --kube "$(kubectl config current-context)"`

// kubeRequest is what kubectl and all of client-go say in a variable (kubernetes.io,
// "client-go credential plugins").
type kubeRequest struct {
	version, server string
	insecure        bool
}

// kube is an exec credential plugin for Kubernetes' clients. A client keeps the token
// until the time that it is told, and runs the plugin before that only where the
// server refused it, which the protocol does not say.
func kube(ctx context.Context, c *adapter.Call) error {
	if len(c.Args) != 0 {
		return adapter.ErrUsage
	}
	r, err := readKube([]byte(c.Env.Getenv("KUBERNETES_EXEC_INFO")))
	if err != nil {
		return err
	}
	u, err := host.Form{Schemes: []string{"https", "http"}}.Read(r.server)
	if err != nil {
		return noURL("the cluster's server", err.Error(), "kubectl config view --minify")
	}
	if plain(u) {
		return plainHTTP("kubectl", u, "kubectl config set clusters.NAME.server "+helper.ShellWord(secured(u)))
	}
	if r.insecure && !u.Host.Loopback() {
		return kubeMistake("verify", u.Host.String(), "insecure-skip-tls-verify: a token would go to whoever answers",
			"kubectl config unset clusters.NAME.insecure-skip-tls-verify")
	}
	t, err := resolve(ctx, c, helper.For(host.Kube, u))
	if errors.Is(err, helper.ErrNoTarget) {
		return notAnswered(c, "kubectl", u.Host, configureKube+" --token access", nil)
	}
	if err != nil {
		return err
	}
	asker := parent()
	if asker != "" {
		asker += " " + r.server
	}
	tok, err := c.Tokens().GetFor(ctx, host.Kube, t, asker)
	if err != nil {
		return err
	}
	cred := t.Present(host.Kube, tok)
	kind, secret, expires := "ExecCredential", cred.Secret.Reveal(), until(c, cred.Expires).UTC().Format(time.RFC3339)
	c.SayJSON(wire.F("kind", &kind), wire.F("apiVersion", &r.version), wire.F("status", []wire.Field{
		wire.F("token", &secret), wire.F("expirationTimestamp", &expires),
	}))
	return nil
}

// readKube reads a request. It must say which server the token is for: somebody
// else's file may name this program beside a server of theirs.
func readKube(info []byte) (kubeRequest, error) {
	var r kubeRequest
	var kind string
	err := wire.Read(info, wire.F("kind", &kind), wire.F("apiVersion", &r.version), wire.F("spec", []wire.Field{
		wire.F("cluster", []wire.Field{wire.F("server", &r.server), wire.F("insecure-skip-tls-verify", &r.insecure)}),
	}))
	switch {
	case err != nil || kind != "ExecCredential":
		return r, kubeMistake("read", "KUBERNETES_EXEC_INFO", "it is not an ExecCredential; kubectl runs this program, as a user's exec plugin of its configuration",
			configureKube)
	case r.version != "client.authentication.k8s.io/v1" && r.version != "client.authentication.k8s.io/v1beta1":
		return r, kubeMistake("answer the version", helper.OneLine(r.version, 60), "this program speaks v1 and v1beta1", configureKube)
	case r.server == "":
		return r, kubeMistake("read", "KUBERNETES_EXEC_INFO", "it does not say which cluster the token is for (provideClusterInfo)", configureKube)
	}
	return r, nil
}

func kubeMistake(op, object, reason, hint string) error {
	return &helper.Error{Who: helper.User, Op: op, Object: object, Reason: reason, Hint: hint, Code: "protocol"}
}

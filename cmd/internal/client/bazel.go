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

// bazelPatience is how long a credential may take. Bazel gives up after ten
// seconds, and then says nothing of the cause.
const bazelPatience = 9 * time.Second

// bazel speaks Bazel's credential helper protocol
// (github.com/EngFlow/credential-helper-spec), which siso and others took over:
// "get", and the URI of a download, of a remote cache or of remote execution on
// standard input. Bazel asks again for every URI, and keeps an answer until it
// expires. An answer without headers is that none are needed.
func bazel(ctx context.Context, c *adapter.Call) error {
	if len(c.Args) != 1 || c.Args[0] != "get" {
		return adapter.ErrUsage
	}
	b, _ := c.Read(maxMessage)
	uri, err := readBazel(b)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, bazelPatience)
	defer cancel()
	cred, err := ask(ctx, c, host.Bazel, bazelForm(), uri)
	if errors.Is(err, helper.ErrNoTarget) {
		c.Say("{}\n")
		return nil
	}
	if err != nil {
		return err
	}
	header, expires := []string{cred.Header()}, until(c, cred.Expires).UTC().Format(time.RFC3339)
	c.SayJSON(wire.F("headers", []wire.Field{wire.F("Authorization", &header)}), wire.F("expires", &expires))
	return nil
}

// readBazel reads a request. Other members than the URI are for later versions.
func readBazel(b []byte) (uri string, err error) {
	if len(b) > maxMessage || wire.Read(b, wire.F("uri", &uri)) != nil || uri == "" {
		return "", &helper.Error{
			Who: helper.User, Op: "read Bazel's request", Reason: "standard input is not a JSON object with a uri", Code: "protocol",
			Hint: "echo '{\"uri\":\"https://HOST/PATH\"}' | bazel-credential-iam get",
		}
	}
	return uri, nil
}

// bazelForm is the form of a URI. That of remote execution is gRPC's.
func bazelForm() host.Form {
	return host.Form{Schemes: []string{"https", "http", "grpcs"}, Query: true, Escapes: true}
}

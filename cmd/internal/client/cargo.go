package client

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// cargoRequest is what cargo asks (the cargo book, "Credential Provider Protocol").
type cargoRequest struct {
	version   int64
	kind, url string
}

// cargo is a credential provider of cargo (RFC 2730): a dialogue in lines of JSON,
// which cargo ends. A registry that is not answered is left to cargo's next provider.
func cargo(ctx context.Context, c *adapter.Call) error {
	if len(c.Args) != 1 || c.Args[0] != "--cargo-plugin" {
		return adapter.ErrUsage
	}
	c.Say("{\"v\":[1]}\n")
	if err := c.Flush(); err != nil {
		return err
	}
	lines := bufio.NewScanner(c.Stdin)
	lines.Buffer(nil, maxMessage)
	for lines.Scan() {
		answer, err := cargoAnswer(ctx, c, lines.Bytes())
		if err != nil {
			kind := "other"
			if errors.Is(err, helper.ErrNoTarget) {
				kind = "url-not-supported"
			}
			answer = cargoError(kind, adapter.Line(c.Name, err))
		}
		c.Say(string(answer) + "\n")
		if err := c.Flush(); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, io.EOF) {
		return &helper.Error{Who: helper.Us, Op: "read cargo's request", Reason: err.Error(), Code: "protocol"}
	}
	return nil
}

// cargoAnswer answers one request.
func cargoAnswer(ctx context.Context, c *adapter.Call, line []byte) ([]byte, error) {
	r, err := readCargo(line)
	if err != nil {
		return nil, err
	}
	switch r.kind {
	case "get":
		cred, err := ask(ctx, c, host.Cargo, cargoForm(), r.url)
		if err != nil {
			return nil, err
		}
		value := cred.Header()
		text := wire.Append(nil, wire.F("token", &value))
		return []byte(`{"Ok":{"kind":"get","cache":"expires","expiration":` + strconv.FormatInt(until(c, cred.Expires).Unix(), 10) +
			`,"operation_independent":true,` + string(text[1:]) + "}"), nil
	case "logout":
		u, err := cargoForm().Read(r.url)
		if err != nil {
			return nil, helper.ErrNoTarget
		}
		t, err := resolve(ctx, c, helper.For(host.Cargo, u))
		if err == nil {
			err = c.Tokens().Forget(ctx, t)
		}
		return []byte(`{"Ok":{"kind":"logout"}}`), err
	}
	return cargoError("operation-not-supported", ""), nil
}

// cargoError is a failure in cargo's form: with a message it is shown to the person.
func cargoError(kind, message string) []byte {
	fields := []wire.Field{wire.F("kind", &kind)}
	if kind == "other" {
		causes := []byte("[]")
		fields = append(fields, wire.F("message", &message), wire.F("caused-by", &causes))
	}
	return wire.Append(nil, wire.F("Err", fields))
}

// readCargo reads a request.
func readCargo(line []byte) (r cargoRequest, err error) {
	err = wire.Read(line, wire.F("v", &r.version), wire.F("kind", &r.kind), wire.F("registry", []wire.Field{wire.F("index-url", &r.url)}))
	if err != nil || r.version != 1 || r.kind == "" {
		return r, &helper.Error{Who: helper.User, Op: "read cargo's request", Reason: "it is not one of version 1 of the credential provider protocol", Hint: "cargo --version", Code: "protocol"}
	}
	return r, nil
}

// cargoForm is the form of an index: a sparse one has a scheme of its own.
func cargoForm() host.Form {
	return host.Form{Schemes: []string{"https", "http", "sparse+https", "registry+https"}, Escapes: true}
}

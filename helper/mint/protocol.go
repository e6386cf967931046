// Package mint carries one request between an adapter and the core process,
// "credential-iam mint": a target in, a token out, one JSON object each way
// over the child's standard input and output.
//
// Both ends live here. [Exec] is the adapter's: a Minter that runs the core,
// found beside the adapter's own executable first, then on the PATH. [Serve] is
// the core's. [Renew] starts the core detached, to renew an entry behind the
// adapter's back.
//
// The core is stateless: a request says everything, and nothing secret is in
// it. A token crosses the pipe and nothing else: never argv, never the
// environment, never a file. What either end reads is bounded, and a peer of
// another protocol version is refused with both versions named.
package mint

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// Version of the protocol. Both programs come from one build, so there is no
// negotiation: another version means a mixed installation.
const Version = 1

// Program is the name of the core's executable.
const Program = "credential-iam"

// The core's hidden subcommands.
const (
	CommandMint  = "mint"
	CommandRenew = "renew"
)

// maxMessage bounds a request and a reply.
const maxMessage = 256 << 10

// request is what an adapter asks.
type request struct {
	Version int           `json:"version"`
	Target  helper.Target `json:"target"`
	// Skip names keystore back ends that ran out of time already.
	Skip []string `json:"skip,omitempty"`
}

// reply is what the core answers: a token or an error.
type reply struct {
	Version     int           `json:"version"`
	Secret      string        `json:"secret,omitempty"`
	Issued      time.Time     `json:"issued,omitzero"`
	Expires     time.Time     `json:"expires,omitzero"`
	Username    string        `json:"username,omitempty"`
	Bearer      bool          `json:"bearer,omitempty"`
	Fingerprint string        `json:"fingerprint,omitempty"`
	Error       *helper.Error `json:"error,omitempty"`
}

// token checks a reply and returns its token.
func (r reply) token(t helper.Target, now time.Time) (helper.Token, error) {
	switch {
	case r.Version != Version:
		return helper.Token{}, mixed(r.Version)
	case r.Error != nil:
		return helper.Token{}, r.Error
	case r.Secret == "":
		return helper.Token{}, coreError(t, "the core answered without a token")
	case r.Expires.IsZero() || !r.Expires.After(now) || !r.Expires.After(r.Issued):
		return helper.Token{}, coreError(t, "the core answered a token that has expired or has no expiry")
	}
	for i := range len(r.Secret) {
		if r.Secret[i] < ' ' || r.Secret[i] == 0x7f {
			return helper.Token{}, coreError(t, "the core answered a token with a control byte in it")
		}
	}
	return helper.Token{
		Secret: keystore.NewSecret(r.Secret), Issued: r.Issued, Expires: r.Expires,
		Username: r.Username, Bearer: r.Bearer, Fingerprint: r.Fingerprint,
	}, nil
}

// mixed is the error of two programs that are not of one installation.
func mixed(version int) error {
	return &helper.Error{
		Who: helper.User, Op: "talk to", Object: Program, Code: "version",
		Reason: fmt.Sprintf("this program speaks version %d of the mint protocol and %s speaks %d; install all programs from one release", Version, Program, version),
	}
}

// coreError is the error of a core that misbehaves.
func coreError(t helper.Target, why string) error {
	return &helper.Error{Who: helper.Us, Op: "mint a token for", Object: Subject(t), Reason: why, Code: "core"}
}

// Subject names whom a target's token is for, for errors.
func Subject(t helper.Target) string {
	if t.ServiceAccount != "" {
		return t.ServiceAccount
	}
	return t.Host
}

// read decodes one bounded JSON message.
func read(r io.Reader, v any) error {
	return json.NewDecoder(io.LimitReader(r, maxMessage)).Decode(v)
}

// Package mint carries one request between an adapter and the core process,
// "credential-iam mint": a target in, a token out, one JSON object each way
// over the child's standard input and output.
//
// Both ends are in this package, which is not an API. [Exec] is the adapter's: a
// Minter that runs the core, found beside the adapter's own executable first,
// then on the PATH. [Serve] is the core's. [Renew] starts the core detached, to
// renew an entry in the background.
//
// The core is stateless: a request says everything, and nothing secret is in
// it. A token crosses the pipe and nothing else: never argv, never the
// environment, never a file. What either end reads is bounded, and a peer of
// another protocol version is refused with both versions named.
package mint

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/blake2s"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/wire"
	"github.com/credential-iam/credential-iam/keystore"
)

// meaning is raised when a field comes to mean something else, which its name and
// type do not show.
const meaning = 3

// Version returns the version of the protocol: a digest of the fields of a request
// and a reply. Both programs come from one build, so there is no negotiation:
// another version means a mixed installation.
func Version() int64 { return versionOf((&request{}).fields(), (&reply{}).fields()) }

// versionOf returns the version of a protocol of these messages.
func versionOf(messages ...[]wire.Field) int64 {
	shape := []byte{meaning}
	for _, fields := range messages {
		shape = wire.AppendShape(shape, fields...)
	}
	sum := blake2s.Sum256(shape)
	return int64(binary.BigEndian.Uint32(sum[:]))
}

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
	version int64
	target  helper.Target
	// skip names keystore back ends that ran out of time already.
	skip []string
}

func (q *request) fields() []wire.Field {
	return []wire.Field{
		wire.F("version", &q.version),
		wire.F("target", q.target.Fields()),
		wire.F("skip", &q.skip),
	}
}

// reply is what the core answers: a token, or an error, which then says who must
// act.
type reply struct {
	version         int64
	secret          string
	issued, expires int64 // microseconds since 1970
	username        string
	bearer          bool
	fingerprint     string
	failure         helper.Error
}

func (r *reply) fields() []wire.Field {
	return []wire.Field{
		wire.F("version", &r.version),
		wire.F("secret", &r.secret),
		wire.F("issued", &r.issued),
		wire.F("expires", &r.expires),
		wire.F("username", &r.username),
		wire.F("bearer", &r.bearer),
		wire.F("fingerprint", &r.fingerprint),
		wire.F("error", r.failure.Fields()),
	}
}

// token checks a reply and returns its token.
func (r reply) token(t helper.Target, now time.Time) (helper.Token, error) {
	issued, expires := time.UnixMicro(r.issued), time.UnixMicro(r.expires)
	switch {
	case r.version != Version():
		return helper.Token{}, mixed(r.version)
	case r.failure.Who != "":
		return helper.Token{}, &r.failure
	case r.secret == "":
		return helper.Token{}, coreError(t, "the core answered without a token")
	case !expires.After(now) || !expires.After(issued):
		return helper.Token{}, coreError(t, "the core answered a token that has expired or has no expiry")
	case !keystore.Clean(r.secret):
		return helper.Token{}, coreError(t, "the core answered a token with a control byte in it")
	}
	return helper.Token{
		Secret: keystore.NewSecret(r.secret), Issued: issued, Expires: expires,
		Username: r.username, Bearer: r.bearer, Fingerprint: r.fingerprint,
	}, nil
}

// mixed is the error of two programs that are not of one installation.
func mixed(version int64) error {
	return &helper.Error{
		Who: helper.User, Op: "talk to", Object: Program, Code: "version",
		Reason: fmt.Sprintf("this program speaks version %d of the mint protocol and %s speaks %d; install all programs from one release", Version(), Program, version),
	}
}

// coreError is the error of a core that misbehaves.
func coreError(t helper.Target, why string) error {
	return &helper.Error{Who: helper.Us, Op: "mint a token for", Object: subject(t), Reason: why, Code: "core"}
}

// subject names the principal of a target's token, for errors.
func subject(t helper.Target) string {
	if t.ServiceAccount != "" {
		return t.ServiceAccount
	}
	return t.Host
}

// read reads one bounded message into the fields, the first of which is its
// version. Of a message of another version nothing else is read.
func read(r io.Reader, fields []wire.Field) error {
	raw, err := io.ReadAll(io.LimitReader(r, maxMessage))
	if err != nil {
		return err
	}
	version := fields[0]
	if err := wire.Read(raw, version); err != nil || *version.Value.(*int64) != Version() {
		return err
	}
	return wire.Read(raw, fields...)
}

package mint

import (
	"context"
	"io"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// Open returns what mints for a target; skip names keystore back ends that are
// not to be tried.
type Open func(ctx context.Context, t helper.Target, skip []string) helper.Minter

// Serve answers one request from in on out. Its error is for the exit code; the
// adapter reads the reply.
func Serve(ctx context.Context, in io.Reader, out io.Writer, open Open) error {
	var q request
	if err := read(in, q.fields()); err != nil {
		return write(out, reply{failure: helper.Error{
			Who: helper.User, Op: "read a request of", Object: "the mint protocol", Code: "protocol",
			Reason: "it is not JSON: " + err.Error() + "; this command is for docker-credential-iam and git-credential-iam",
		}})
	}
	if q.version != Version() {
		return write(out, reply{failure: *helper.AsError(mixed(q.version))})
	}
	tok, err := open(ctx, q.target, q.skip).Mint(ctx, q.target)
	if err != nil {
		return write(out, reply{failure: *helper.AsError(err)})
	}
	return write(out, reply{
		secret: tok.Secret.Reveal(), issued: tok.Issued.UnixMicro(), expires: tok.Expires.UnixMicro(),
		username: tok.Username, bearer: tok.Bearer, fingerprint: tok.Fingerprint,
	})
}

// ReadTarget reads the request of a detached renewal.
func ReadTarget(in io.Reader) (t helper.Target, skip []string, err error) {
	var q request
	if err := read(in, q.fields()); err != nil {
		return helper.Target{}, nil, err
	}
	if q.version != Version() {
		return helper.Target{}, nil, mixed(q.version)
	}
	return q.target, q.skip, nil
}

// write sends a reply and returns its error, if it holds one.
func write(out io.Writer, r reply) error {
	r.version = Version()
	if _, err := out.Write(append(wire.Append(nil, r.fields()...), '\n')); err != nil {
		return err
	}
	if r.failure.Who != "" {
		return &r.failure
	}
	return nil
}

package mint

import (
	"context"
	"encoding/json"
	"io"

	"github.com/credential-iam/credential-iam/helper"
)

// Open returns what mints for a target; skip names keystore back ends that are
// not to be tried.
type Open func(ctx context.Context, t helper.Target, skip []string) (helper.Minter, error)

// Serve answers one request from in on out. Its error is for the exit code; the
// adapter reads the reply.
func Serve(ctx context.Context, in io.Reader, out io.Writer, open Open) error {
	var q request
	if err := read(in, &q); err != nil {
		return write(out, reply{Error: &helper.Error{
			Who: helper.User, Op: "read a request of", Object: "the mint protocol", Code: "protocol",
			Reason: "it is not JSON: " + err.Error() + "; this command is for docker-credential-iam and git-credential-iam",
		}})
	}
	if q.Version != Version {
		return write(out, reply{Error: helper.AsError(mixed(q.Version))})
	}
	m, err := open(ctx, q.Target, q.Skip)
	if err != nil {
		return write(out, reply{Error: helper.AsError(err)})
	}
	tok, err := m.Mint(ctx, q.Target)
	if err != nil {
		return write(out, reply{Error: helper.AsError(err)})
	}
	return write(out, reply{
		Secret: tok.Secret.Reveal(), Issued: tok.Issued, Expires: tok.Expires,
		Username: tok.Username, Bearer: tok.Bearer, Fingerprint: tok.Fingerprint,
	})
}

// ReadTarget reads the request of a detached renewal.
func ReadTarget(in io.Reader) (t helper.Target, skip []string, err error) {
	var q request
	if err := read(in, &q); err != nil {
		return helper.Target{}, nil, err
	}
	if q.Version != Version {
		return helper.Target{}, nil, mixed(q.Version)
	}
	return q.Target, q.Skip, nil
}

// write sends a reply and returns its error, if it holds one.
func write(out io.Writer, r reply) error {
	r.Version = Version
	if err := json.NewEncoder(out).Encode(r); err != nil {
		return err
	}
	if r.Error != nil {
		return r.Error
	}
	return nil
}

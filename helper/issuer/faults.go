package issuer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer/issuerpb"
)

// crashGrace is how long a plugin that broke the connection may take to end, so
// that a crash is distinguished from a fault in the protocol.
const crashGrace = 500 * time.Millisecond

// fault returns the error of a plugin that does not do what it must.
func (s *session) fault(who helper.Who, reason string) *helper.Error {
	e := &helper.Error{Who: who, Op: "get credential for", Object: s.object, Hint: helper.DebugCommand(), Code: "plugin-broken"}
	if who == helper.PluginAuthor {
		e.Reason = fmt.Sprintf("issuer plugin %s is at fault: %s; report it to its author", s.file.path, reason)
	} else {
		e.Reason = fmt.Sprintf("issuer plugin %s: %s", s.file.path, reason)
	}
	return e
}

// startFault says why a plugin did not start.
func (s *session) startFault(ctx context.Context, err error) error {
	if s.process == nil {
		e := s.fault(helper.User, "no private folder or pipe for it: "+s.journal.clean(err.Error(), maxReason))
		e.Hint, e.Cause = helper.ListFolderCommand(os.TempDir()), err
		return e
	}
	if s.process.ID() == "" {
		e := s.fault(helper.User, "it cannot be started: "+s.journal.clean(plain(err), maxReason))
		e.Hint, e.Cause = helper.KindCommand(s.file.path), err
		return e
	}
	if e := s.late(ctx, nil); e != nil {
		return e
	}
	if e := s.greetingFault(); e != nil {
		return e
	}
	var address errAddress
	if errors.As(err, &address) {
		return s.fault(helper.PluginAuthor, address.Error())
	}
	if how, ended := s.process.crashed(crashGrace); ended {
		return s.fault(helper.PluginAuthor, fmt.Sprintf("it ended before its handshake (%s)", how))
	}
	return s.fault(helper.PluginAuthor, "its handshake is wrong: "+s.journal.clean(err.Error(), 200))
}

// greetingFault judges the handshake, which go-plugin takes more lightly.
func (s *session) greetingFault() error {
	reason, who := s.process.greeting.judge()
	if reason == "" {
		return nil
	}
	e := s.fault(who, reason)
	e.Code = "plugin-handshake"
	return e
}

// plain returns the system's own reason for not starting a program: the path
// that was started is /proc/self/fd/3 where the file is pinned.
func plain(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	var e *exec.Error
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}

// late returns the error of a request that ran out of time or was given up, or
// nil. An identity that was being waited for is what was slow.
func (s *session) late(ctx context.Context, served *servedIdentity) error {
	err := ctx.Err()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return &helper.Error{Who: helper.Us, Op: "get credential for", Object: s.object, Reason: "the request was given up", Code: "canceled", Cause: err}
	case served != nil && served.slow():
		return s.slowIdentity()
	}
	e := s.fault(helper.PluginAuthor, fmt.Sprintf("it gave no answer within %s, and was ended", s.allowed))
	e.Unreachable, e.Code, e.Cause = true, "plugin-timeout", err
	return e
}

// slowIdentity is the error of a request that the identity kept waiting.
func (s *session) slowIdentity() error {
	return &helper.Error{
		Who: helper.User, Op: "get credential for", Object: s.object, Unreachable: true, Code: "unavailable", Cause: context.DeadlineExceeded,
		Reason: fmt.Sprintf("the IAM Credentials API did not answer within the %s of issuer %s", s.allowed, s.host.name),
	}
}

// callFault says why a call to the plugin failed.
func (s *session) callFault(ctx context.Context, served *servedIdentity, err error) error {
	if e := s.late(ctx, served); e != nil {
		return e
	}
	switch status.Code(err) {
	case codes.DeadlineExceeded:
		// gRPC's own timer can be ahead of the context's by a moment.
		<-ctx.Done()
		return s.late(ctx, served)
	case codes.ResourceExhausted:
		return s.fault(helper.PluginAuthor, fmt.Sprintf("its answer has more than %d bytes", maxReply))
	case codes.Unimplemented:
		return s.fault(helper.PluginAuthor, "it does not serve credentialiam.issuer.v1.Issuer")
	}
	if how, ended := s.process.crashed(crashGrace); ended {
		if e := s.late(ctx, served); e != nil {
			return e
		}
		e := s.fault(helper.PluginAuthor, fmt.Sprintf("it crashed (%s)", how))
		e.Code = "plugin-crash"
		return e
	}
	return s.fault(helper.PluginAuthor, "it broke the protocol: "+s.journal.clean(status.Convert(err).Message(), 200))
}

// failed returns the error that the plugin itself reported. Where the identity
// is what failed, the person gets the identity's own error.
func (s *session) failed(served *servedIdentity, f *issuerpb.Failure) error {
	switch own := served.failure(); {
	case !f.GetIdentity():
	case own != nil && !errors.Is(own, context.DeadlineExceeded) && !errors.Is(own, context.Canceled):
		return own
	case own != nil || served.slow():
		return s.slowIdentity()
	}
	reason := s.journal.clean(f.GetReason(), maxReason)
	if reason == "" {
		reason = "it failed without a reason"
	}
	if who(f.GetWho()) == helper.PluginAuthor {
		e := s.fault(helper.PluginAuthor, reason)
		e.Unreachable = f.GetUnreachable()
		return e
	}
	return &helper.Error{
		Who: who(f.GetWho()), Op: "get credential for", Object: s.object, Code: "issuer",
		Reason: fmt.Sprintf("issuer %s: %s", s.host.name, reason),
		Hint:   s.journal.clean(f.GetHint(), maxReason), Unreachable: f.GetUnreachable(),
	}
}

package main

import (
	"context"
	"errors"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/configure"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/doctor"
	"github.com/credential-iam/credential-iam/helper"
)

// errTried says that what was configured does not work. It stays: what is missing is
// elsewhere, as a rule, and the next run finds it there.
func errTried() error {
	return &helper.Error{
		Who: helper.User, Op: "try the configuration", Code: "tried",
		Reason: "it does not work yet; what was written stays", Hint: "credential-iam doctor",
	}
}

// tryConfigured makes a real request for each host that was configured, shows how it
// ended, and what to do next. It fails where doctor would.
func (a *app) tryConfigured(ctx context.Context, r configure.Report, show func(doctor.Finding)) error {
	err := doctor.Try(ctx, a.doctorWorld(), r.Hosts, show)
	switch {
	case errors.Is(err, doctor.ErrFound):
		return errTried()
	case err != nil:
		return errors.New("interrupted before it was tried; what was written stays")
	}
	return nil
}

package iam

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// ParameterError says which parameter cannot be used. No call was made.
type ParameterError struct {
	// Parameter is its name: "serviceAccount", "delegates", "scopes", "lifetime",
	// "audience", "token", "claims", "payload", "endpoint", "quotaProject",
	// "requestReason", "source", "userAgent", "timeout", "retry" or "header".
	Parameter string
	// Err says what is wrong with it.
	Err error
}

// Error names the parameter and what is wrong with it.
func (e *ParameterError) Error() string { return e.Parameter + ": " + e.Err.Error() }

// Unwrap returns what is wrong with it.
func (e *ParameterError) Unwrap() error { return e.Err }

// APIError is a server's no: that of the API, or of the server that gives the
// tokens of the source identity. It holds no secret, whatever the server repeats.
type APIError struct {
	// Host is the server, with its port where that is not 443.
	Host string
	// Source says that the server gives the source identity's tokens.
	Source bool
	// HTTPStatus is 403, for example.
	HTTPStatus int
	// Status is the name of the gRPC status, as "PERMISSION_DENIED"; "" where the
	// reply has none, as that of a front end, which is HTML.
	Status string
	// Reason, Domain and Metadata are those of google.rpc.ErrorInfo; Reason is
	// OAuth's error where the server speaks OAuth, as "invalid_grant".
	Reason, Domain string
	Metadata       map[string]string
	// Message is the server's text, as one line.
	Message string
	// Details are the API's details, each as it was sent.
	Details []json.RawMessage
	// RetryAfter is how long the server asked to wait, 0 where it did not.
	RetryAfter time.Duration
	// Err is the error below: a *googleapi.Error where the API answered.
	Err error
}

// Error says who answered what.
func (e *APIError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%s answered %d %s", e.Host, e.HTTPStatus, cmp.Or(e.Status, e.Reason))) + ": " + e.Message
}

// Unwrap returns the error below.
func (e *APIError) Unwrap() error { return e.Err }

// RetryError says that another attempt might have helped, and that there was none:
// the attempts or the time were used up.
type RetryError struct {
	// Attempts is how often it was tried.
	Attempts int
	// Err is why the last attempt failed: an *APIError, or an error of the network.
	Err error
}

// Error says how often it was tried and why the last attempt failed.
func (e *RetryError) Error() string { return fmt.Sprintf("%d attempts: %v", e.Attempts, e.Err) }

// Unwrap returns why the last attempt failed.
func (e *RetryError) Unwrap() error { return e.Err }

// badParameter is the error of a parameter that cannot be used.
func badParameter(name string, err error) *helper.Error {
	return &helper.Error{
		Who: helper.User, Op: "use parameter", Object: name, Reason: err.Error(), Code: "bad-parameter",
		Cause: &ParameterError{name, err},
	}
}

// typed returns a failure as the errors that a program distinguishes, around the one
// below.
func (f *failure) typed() error {
	err := f.cause
	if f.status != 0 {
		err = &APIError{
			Host: f.host, Source: f.source, HTTPStatus: f.status, Status: f.code, Reason: cmp.Or(f.reason, f.oauth), Domain: f.domain,
			Metadata: maps.Clone(f.metadata), Message: f.message, Details: slices.Clone(f.details), RetryAfter: f.retryAfter, Err: f.cause,
		}
	}
	if f.spent {
		err = &RetryError{f.attempts, cmp.Or(err, error(f))}
	}
	return err
}

// hide takes the secrets out of what is not worded but handed on. A body that
// repeats one, or is too long to know, is not handed on.
func (f *failure) hide(x *exchange) {
	for name, v := range f.metadata {
		f.metadata[name] = helper.Clean(v, x.secrets, maxMessage)
	}
	if len(x.body) >= maxErrorBody || strings.Contains(helper.Clean(string(x.body), x.secrets, maxErrorBody), "REDACTED") {
		f.details, f.cause = nil, nil
	}
}

// errNoAccount marks the error about an account that does not exist.
var errNoAccount = errors.New("no such service account")

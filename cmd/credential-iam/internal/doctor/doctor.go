package doctor

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"
)

// Budget is how long all checks take at most.
const Budget = 25 * time.Second

// ErrFound is returned where a check ended in an error.
var ErrFound = errors.New("a check ended in an error")

// check is one thing to look at: a value in the list and a file of its own.
type check struct {
	// name is what is looked at.
	name string
	// run looks and reports what it finds, nothing where there is nothing to say.
	run func(ctx context.Context, x *subject, r report)
	// in says whether Try runs it too.
	in trial
}

// trial says for which of its requests Try runs a check.
type trial int

const (
	noTrial    trial = iota // no request depends on it
	everyTrial              // it decides whether a request is answered
	namedTrial              // it does so for a host that is named
)

// checks is the list, in the order of a request; what takes a call comes last.
func checks() []check {
	return []check{
		{"programs", installed, noTrial},
		{"docker", docker, noTrial},
		{"DOCKER_AUTH_CONFIG", authConfig, noTrial},
		{"configuration", configuration, noTrial},
		{"credHelpers", spelling, noTrial},
		{"location HOST", locations, noTrial},
		{"fallback", fallback, noTrial},
		{"docker HOST", registries, everyTrial},
		{"git", git, noTrial},
		{"HOME", gitHome, noTrial},
		{"git HOST", gitHosts, everyTrial},
		{"git helper", gitPrograms, everyTrial},
		{"git HOST path", gitPaths, noTrial},
		{"git HOST proactiveAuth", gitBearer, noTrial},
		{"git HOST insteadOf", gitBefore, everyTrial},
		{"CLIENT NAME", tools, namedTrial},
		{"default", byDefault, noTrial},
		{"identity", hostErrors, everyTrial},
		{"source", sources, everyTrial},
		{"keystore", keystores, noTrial},
		{"locks", locks, noTrial},
		{"issuer", issuers, everyTrial},
		{"api", apis, everyTrial},
		{"token", tokens, everyTrial},
	}
}

// Run checks everything that is configured, or one host: HOST[:PORT][/PATH]. Each
// finding is reported as it is known, one at a time. The error is ErrFound, or the
// context's where that ended before the checks did; the findings then are not all.
func Run(ctx context.Context, w World, only string, report func(Finding)) error {
	var hosts []string
	if only != "" {
		hosts = append(hosts, only)
	}
	return run(ctx, w, checks(), hosts, only, report)
}

// run runs some of the checks, for some of the hosts; none means all. Only is the one
// that a person asked for.
func run(ctx context.Context, w World, list []check, hosts []string, only string, report func(Finding)) error {
	limited, cancel := context.WithTimeout(ctx, cmp.Or(w.Budget, Budget))
	defer cancel()
	var mu sync.Mutex
	failed := false
	one := func(f Finding) {
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() == nil { // what an interrupted check says is not about the machine
			failed = failed || f.Result == Error
			report(f)
		}
	}
	x := examine(limited, w, hosts...)
	x.only = only
	for _, c := range list {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		c.run(limited, x, one)
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case failed:
		return ErrFound
	}
	return nil
}

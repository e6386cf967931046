package configure

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/near"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// Requests that can be read and cannot work: they are refused before anything is
// written, since what is written says "set" and every client fails later.

// misspelt refuses a host that was probably meant to be one of Google's, unless the
// file has consented to it or the person insists: its owner would get the tokens, or
// there is nothing at it.
func (j *job) misspelt(consents func(section string) bool) error {
	for _, h := range j.hosts() {
		if j.Force || consents(h.section()) {
			continue
		}
		if err := h.misspelt(); err != nil {
			return usagef("--%s: %w (--force takes it as it is)", h.said(), err)
		}
	}
	return nil
}

// misspelt says which host of Google's was probably meant where another one was typed.
func (h place) misspelt() error {
	if meant, ok := near.Host(h.Place); ok {
		return fmt.Errorf("it is not one of Google's hosts; did you mean %s?", meant)
	}
	if meant, ok := near.Location(h.Place); ok {
		return fmt.Errorf("no location of Google's is called that; did you mean %s?", meant)
	}
	return nil
}

// likely reports whether a host may be proposed to a person.
func (h place) likely() bool { return h.BuiltIn() && h.misspelt() == nil }

// formats notes registries of a format that Artifact Registry has not, or docker not:
// such a host is Google's, so the token goes to nobody else, but nothing is there.
func (j *job) formats(p *plan) {
	for _, h := range j.hosts() {
		if meant, ok := near.Format(h.Place); ok {
			p.note("--%s: Artifact Registry has no such host for %s; did you mean %s?", h.said(), h.Client, meant)
		}
	}
}

// refuse returns why what the file is going to say cannot work.
func (w World) refuse(ctx context.Context, j *job, c *config.Config, p *plan) error {
	if len(j.hosts()) == 0 {
		err := c.Mistake()
		if err == nil {
			err = c.SectionError(config.Name)
		}
		if err != nil {
			return unwritten(err, helper.EditCommand)
		}
	}
	if err := j.accounts(c); err != nil {
		return err
	}
	if err := j.optionless(c); err != nil {
		return err
	}
	if err := w.plugins(ctx, j, c); err != nil {
		return err
	}
	if err := w.source(ctx, j, p); err != nil {
		return err
	}
	return j.identified(ctx, c)
}

// identified refuses a host for which no account is named anywhere: it gets no token.
// The section of a path may name one, and each person where the whole machine is
// configured.
func (j *job) identified(ctx context.Context, c *config.Config) error {
	if j.System {
		return nil
	}
	for _, h := range j.hosts() {
		t, err := c.DescribeAt(h.Place)
		if err != nil || t.ServiceAccount != "" || t.Own || c.PathMatters(h.Place) {
			continue
		}
		// A source that impersonates by itself names one.
		if _, err := c.ResolveAt(ctx, h.Place, nil); err != nil && helper.AsError(err).Code == "no-account" {
			return failure("configure", h.name, "no service account is named for it (--service-account), here or anywhere, and without one it gets no token; nothing was changed",
				j.command()+" --service-account EMAIL")
		}
	}
	return nil
}

// optionless refuses an option for a host that no issuer plugin answers: nothing would
// read it. In the default section it is for the hosts that name one.
func (j *job) optionless(c *config.Config) error {
	i := slices.IndexFunc(j.keys, func(key string) bool { return strings.HasPrefix(key, issuerOption) })
	if i < 0 {
		return nil
	}
	for _, h := range j.hosts() {
		if t, err := c.DescribeAt(h.Place); err == nil && t.Issuer == helper.Google {
			return usagef("%s: it is for an issuer plugin, and %s has none; add --issuer NAME", flagOf(j.keys[i]), h.name)
		}
	}
	return nil
}

// plugins refuses a plugin that is not there or cannot be run, and options that it does
// not take, where the request names either.
func (w World) plugins(ctx context.Context, j *job, c *config.Config) error {
	if w.Plugin == nil || !slices.ContainsFunc(j.keys, func(key string) bool { return key == "issuer" || strings.HasPrefix(key, issuerOption) }) {
		return nil
	}
	for _, p := range j.asked() {
		t, err := c.DescribeAt(p)
		if err != nil || t.Issuer == helper.Google {
			continue
		}
		if err := w.Plugin(ctx, t); err != nil {
			return unwritten(err, helper.ListCommand)
		}
	}
	return nil
}

// asked are the places of a request; for the default section one that it is for.
func (j *job) asked() []config.Place {
	places := make([]config.Place, 0, 1)
	for _, h := range j.hosts() {
		places = append(places, h.Place)
	}
	if len(places) == 0 {
		p, _ := config.At(helper.Request{Client: host.Docker, Protocol: "https", Host: "gcr.io"})
		places = append(places, p)
	}
	return places
}

// accounts refuses an account that is not a service account's. Other universes name
// theirs otherwise.
func (j *job) accounts(c *config.Config) error {
	for _, p := range j.asked() {
		if t, err := c.DescribeAt(p); err != nil || t.UniverseDomain != helper.DefaultUniverse {
			return nil
		}
	}
	for _, key := range []string{"serviceAccount", "delegates"} {
		for name := range strings.SplitSeq(j.Keys[key], ",") {
			if name = strings.TrimSpace(name); strings.Contains(name, "@") && !helper.InGoogleProject(name) {
				return usagef("%s: %q is not a service account: its domain does not end with gserviceaccount.com", flagOf(key), helper.OneLine(name, 120))
			}
		}
	}
	return nil
}

// source refuses a file or an identity of the keyring that is not there. A keyring
// that cannot be read now may be open later, where the person wants nothing tried.
func (w World) source(ctx context.Context, j *job, p *plan) error {
	spec := j.Keys["source"]
	inFile := strings.HasPrefix(spec, "file:")
	if !inFile && (!strings.HasPrefix(spec, "keyring:") || w.Identities == nil) {
		return nil
	}
	// Of an empty configuration, since the person names it and no file does yet.
	_, err := config.Parse(w.Env, "", []byte("{}")).Source(ctx, spec, w.Identities)
	var e *helper.Error
	switch unread := errors.As(err, &e) && !inFile && e.Cause != nil; {
	case e == nil:
		return nil
	case unread && j.NoCheck:
		p.note("nobody knows whether the keyring has it: %v", e)
		return nil
	case unread:
		unseen := *e
		unseen.Reason += " (--no-check takes it unseen)"
		unseen.Hint = j.command() + " --no-check"
		e = &unseen
	}
	return unwritten(e, helper.ListCommand)
}

// unwritten returns an error that says that nothing was changed, with a command on
// its object where it has none.
func unwritten(err error, command func(object string) string) error {
	e := *helper.AsError(err)
	e.Reason += "; nothing was changed"
	if e.Hint == "" {
		e.Hint = command(e.Object)
	}
	return &e
}

package configure

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

// ErrDeclined says that the person wants no change.
var ErrDeclined = errors.New("nothing was changed")

// none is the default where there is nothing to propose.
const none = "none"

// Dialogue asks a person. An empty line takes the default.
type Dialogue struct {
	In  *bufio.Reader
	Out io.Writer
}

// Ask asks what to configure, with what was found as defaults: the account, the
// registries, and the git servers. What another helper answers is replaced where the
// person agrees to it.
func (d Dialogue) Ask(f Findings) (Request, error) {
	r := Request{Keys: map[string]string{}}
	fmt.Fprintln(d.Out, "Enter takes what is in brackets; q ends this, and nothing is changed.")
	if f.Caller != "" {
		fmt.Fprintf(d.Out, "gcloud's account is %s", f.Caller)
		if f.Project != "" {
			fmt.Fprintf(d.Out, ", its project %s", f.Project)
		}
		fmt.Fprintln(d.Out)
	}
	if err := d.identity(f, r.Keys); err != nil {
		return r, err
	}
	var err error
	if r.Docker, err = d.choose("Registries that docker uses", "Registries for docker", f.Registries, f.Taken, func(s string) error {
		h, _, err := dockerHost(s)
		return known(h, err)
	}); err != nil {
		return r, err
	}
	if r.Git, err = d.choose("Servers that git uses", "Hosts or URLs for git", f.GitHosts, f.Taken, func(s string) error {
		h, err := gitHost(s)
		return known(h, err)
	}); err != nil {
		return r, err
	}
	if len(r.Docker)+len(r.Git) == 0 {
		return r, d.byDefault(f, r.Keys["serviceAccount"])
	}
	for _, chosen := range slices.Concat(r.Docker, r.Git) {
		if f.Taken[chosen] != "" {
			r.Replace = append(r.Replace, chosen)
		}
	}
	return r, nil
}

// byDefault asks whether an account is to be the default of all hosts, where no host was
// chosen. Who has declined all that was found wants nothing.
func (d Dialogue) byDefault(f Findings, account string) error {
	if len(f.Registries)+len(f.GitHosts) > 0 {
		return ErrDeclined
	}
	yes, err := d.Confirm("Use " + account + " by default, for every host?")
	if err == nil && !yes {
		err = ErrDeclined
	}
	return err
}

// identity asks whom to act as. Where gcloud impersonates nobody its helpers answer as
// its account, and that is what stays the same by default.
func (d Dialogue) identity(f Findings, keys map[string]string) error {
	question, def := "Service account to act as", f.Account
	if def == "" && f.Caller != "" {
		question, def = question+", or source for "+f.Caller+" itself", config.Own
	}
	account, err := d.line(question, cmp.Or(def, none), func(s string) error {
		if s == none { // there is no account to propose, and the person names none
			return ErrDeclined
		}
		if strings.Contains(s, "@") && !helper.InGoogleProject(s) {
			return errors.New("it is not a service account: its domain does not end with gserviceaccount.com")
		}
		return config.CheckValue("serviceAccount", s)
	})
	if err != nil {
		return err
	}
	keys["serviceAccount"] = account
	switch {
	case account == config.Own && f.Caller != "":
		keys["source"] = "gcloud" // another identity may come first otherwise
	case account == f.Account && f.Delegates != "":
		keys["delegates"] = f.Delegates
	}
	return nil
}

// choose asks which of the hosts that were found to configure: all of them, or each.
// Where none was found it asks for some.
func (d Dialogue) choose(title, question string, found []string, taken map[string]string, check func(string) error) ([]string, error) {
	if len(found) == 0 {
		return d.hosts(question, check)
	}
	fmt.Fprintln(d.Out, title+":")
	for _, h := range found {
		now := ""
		if other := taken[h]; other != "" {
			now = " (now: " + other + ")"
		}
		fmt.Fprintf(d.Out, "  %s%s\n", h, now)
	}
	if len(found) > 1 {
		all, err := d.Confirm("Use credential-iam for all of them?")
		if err != nil || all {
			return found, err
		}
	}
	var chosen []string
	for _, h := range found {
		yes, err := d.Confirm("Use credential-iam for " + h + "?")
		if err != nil {
			return nil, err
		}
		if yes {
			chosen = append(chosen, h)
		}
	}
	return chosen, nil
}

// known refuses a host that needs a flag that is not asked for, and one that is
// misspelled.
func known(h place, err error) error {
	if err != nil {
		return err
	}
	if err := h.misspelt(); err != nil {
		return err
	}
	if !h.BuiltIn() {
		return fmt.Errorf("%s is not a built-in Google host; configure it with --%s %s --token KIND", h.name, h.Client, h.name)
	}
	return nil
}

// hosts asks for a list; none or a hyphen means none.
func (d Dialogue) hosts(question string, check func(string) error) ([]string, error) {
	var hosts []string
	_, err := d.line(question+", separated by spaces", none, func(s string) error {
		hosts = nil
		if s == none || s == "-" {
			return nil
		}
		hosts = strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' })
		for _, h := range hosts {
			if err := check(h); err != nil {
				return err
			}
		}
		return nil
	})
	return hosts, err
}

// line asks until the answer passes the check.
func (d Dialogue) line(question, def string, check func(string) error) (string, error) {
	for range 5 {
		if def != "" {
			fmt.Fprintf(d.Out, "%s [%s]: ", question, def)
		} else {
			fmt.Fprintf(d.Out, "%s: ", question)
		}
		answer, err := d.In.ReadString('\n')
		if err != nil {
			fmt.Fprintln(d.Out)
			return "", ErrDeclined
		}
		switch answer = strings.TrimSpace(answer); answer {
		case "":
			answer = def
		case "q", "quit", "exit":
			return "", ErrDeclined
		}
		if err := check(answer); errors.Is(err, ErrDeclined) {
			return "", err
		} else if err != nil {
			fmt.Fprintf(d.Out, "  %s\n", helper.OneLine(err.Error(), 500))
			continue
		}
		return answer, nil
	}
	return "", ErrDeclined
}

// Confirm asks a question that yes is the default of.
func (d Dialogue) Confirm(question string) (bool, error) {
	answer, err := d.line(question+" [Y/n]", "", func(s string) error {
		switch strings.ToLower(s) {
		case "", "y", "yes", "n", "no":
			return nil
		}
		return errors.New("y or n")
	})
	return err == nil && !strings.HasPrefix(strings.ToLower(answer), "n"), err
}

package configure

import (
	"bufio"
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
	for _, chosen := range slices.Concat(r.Docker, r.Git) {
		if f.Taken[chosen] != "" {
			r.Replace = append(r.Replace, chosen)
		}
	}
	return r, nil
}

// identity asks whom to act as. Where gcloud impersonates nobody its helpers answer as
// its account, and that is what stays the same by default.
func (d Dialogue) identity(f Findings, keys map[string]string) error {
	question, def := "Service account to act as", f.Account
	if def == "" && f.Caller != "" {
		question, def = question+", or source for "+f.Caller+" itself", config.Own
	}
	account, err := d.line(question, def, func(s string) error {
		if s == "" {
			return errors.New("an e-mail such as deployer@PROJECT.iam.gserviceaccount.com is needed")
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
		return d.hosts(question, found, check)
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

// hosts asks for a list; a hyphen means none.
func (d Dialogue) hosts(question string, def []string, check func(string) error) ([]string, error) {
	var hosts []string
	_, err := d.line(question+", separated by spaces, - for none", strings.Join(def, " "), func(s string) error {
		hosts = nil
		if s == "-" {
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
		answer = strings.TrimSpace(answer)
		if answer == "" {
			answer = def
		}
		if err := check(answer); err != nil {
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

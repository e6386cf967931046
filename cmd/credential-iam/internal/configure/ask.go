package configure

import (
	"bufio"
	"errors"
	"fmt"
	"io"
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

// Ask asks what to configure, with what was found as defaults.
func (d Dialogue) Ask(f Findings) (Request, error) {
	r := Request{Keys: map[string]string{}}
	if f.Caller != "" {
		fmt.Fprintf(d.Out, "gcloud's account is %s", f.Caller)
		if f.Project != "" {
			fmt.Fprintf(d.Out, ", its project %s", f.Project)
		}
		fmt.Fprintln(d.Out)
	}
	account, err := d.line("Service account to act as", f.Account, func(s string) error {
		if s == "" {
			return errors.New("an e-mail such as deployer@PROJECT.iam.gserviceaccount.com is needed")
		}
		return config.CheckValue("serviceAccount", s)
	})
	if err != nil {
		return r, err
	}
	r.Keys["serviceAccount"] = account
	if r.Docker, err = d.hosts("Registries for docker", f.Registries, func(s string) error {
		h, _, err := dockerHost(s)
		return known(h, err)
	}); err != nil {
		return r, err
	}
	if r.Git, err = d.hosts("Hosts or URLs for git", f.GitHosts, func(s string) error {
		h, err := gitHost(s)
		return known(h, err)
	}); err != nil {
		return r, err
	}
	for _, host := range r.Docker {
		if other := f.Taken[host]; other != "" && !r.Force {
			if r.Force, err = d.Confirm(fmt.Sprintf("%s is answered by the helper %q now. Replace it?", host, other)); err != nil {
				return r, err
			}
			if !r.Force {
				return r, ErrDeclined
			}
		}
	}
	return r, nil
}

// known refuses a host that needs a flag that is not asked for.
func known(h place, err error) error {
	if err == nil && !h.BuiltIn() {
		return fmt.Errorf("%s is not a built-in Google host; configure it with --%s %s --token KIND", h.name, h.Client, h.name)
	}
	return err
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

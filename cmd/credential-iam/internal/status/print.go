package status

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// Print prints the report for people; with now it says for how long a token is
// cached.
func (r Report) Print(out io.Writer, now time.Time) error {
	line := "keystore: " + r.Keystore.Name
	if r.Keystore.Why != "" {
		line += " (" + helper.OneLine(r.Keystore.Why, 300) + ")"
	}
	if _, err := fmt.Fprintln(out, line); err != nil {
		return err
	}
	if len(r.Hosts) == 0 {
		_, err := fmt.Fprintln(out, empty(r.base, r.path))
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "HOST\tSERVICE ACCOUNT\tTOKEN\tISSUER\tSOURCE\tKEYSTORE\tCACHED FOR")
	for _, h := range r.Hosts {
		account := h.ServiceAccount
		if account == "" && h.Token != "" && h.Error == "" {
			account = "(the source itself)"
		}
		cells := []string{h.Host, account, h.Token, h.Issuer, h.Source, h.Keystore}
		for i, c := range cells {
			if cells[i] = helper.OneLine(c, 120); c == "" {
				cells[i] = "-"
			}
		}
		fmt.Fprintln(w, strings.Join(cells, "\t")+"\t"+h.left(now))
	}
	return w.Flush()
}

// left says for how long a token is cached.
func (h Host) left(now time.Time) string {
	switch {
	case h.Error != "":
		return "error: " + helper.OneLine(h.Error, 1000)
	case h.NotCached != "":
		return "never: " + helper.OneLine(h.NotCached, 300)
	case h.many:
		return "(several)"
	case h.TooBig:
		return "too big for the keystore"
	case h.Full:
		return "no room in the keystore"
	case h.Expires == "":
		return "-"
	}
	expires, err := time.Parse(time.RFC3339, h.Expires)
	if err != nil {
		return "-"
	}
	return expires.Sub(now).Round(time.Second).String()
}

// empty says what a configuration without hosts means.
func empty(base helper.Target, path string) string {
	answer := "an error, since no service account is configured"
	switch {
	case base.Own:
		answer = "the source identity's own token"
	case base.ServiceAccount != "":
		answer = "a token as " + base.ServiceAccount
	}
	return "No host is configured in " + path + ".\n" +
		"Where docker or git ask for one of Google's registries or git servers, the answer is " + answer + ".\n" +
		"To start, run: credential-iam configure --service-account EMAIL --docker LOCATION-docker.pkg.dev"
}

package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

// statusAnswer is the stable form of status.
type statusAnswer struct {
	Keystore struct {
		Name string `json:"name"`
		Why  string `json:"why"`
	} `json:"keystore"`
	Hosts []hostStatus `json:"hosts"`
}

func (a *app) statusCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "status [--json]",
		Short: "show each configured host, its account and what is cached",
		Long: `Status shows every host of the configuration (docker's credHelpers of value
"iam", and every section "iam@HOST" of docker's configuration file): the service
account, the kind of token, its issuer, the source identity, the keystore, and
for how long a token is cached. The line of a host whose configuration is wrong
shows the mistake.

Status makes no call and prints no secret. A section with a * matches many
hosts, so their tokens are not shown. To see whether it all works, run doctor.

The JSON form is {"keystore": {"name", "why"}, "hosts": [{"host",
"serviceAccount", "token", "issuer", "source", "keystore", "expires", "tooBig",
"error"}]}. Expires is RFC 3339 and absent when nothing is cached; "tooBig" is
true when the last token was too big for the keystore; error is absent when
there is none.`,
		Example: `  credential-iam status
  credential-iam status --json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.status(c.Context(), asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) status(ctx context.Context, asJSON bool) error {
	cfg := config.Load(a.env)
	if err := cfg.Broken(); err != nil {
		return err
	}
	stores := a.newStores()
	name := "auto"
	base, err := cfg.DescribeDefault()
	if err == nil {
		name = base.Keystore
	}
	choice := stores.choice(ctx, name)
	answer := statusAnswer{Hosts: []hostStatus{}}
	answer.Keystore.Name, answer.Keystore.Why = choice.Name(), choice.Why
	for _, host := range configured(cfg) {
		answer.Hosts = append(answer.Hosts, a.hostStatus(ctx, cfg, stores, host))
	}
	if choice.Warning != "" {
		a.note("keystore %s: %s", choice.Name(), choice.Warning)
	}
	if err != nil {
		a.note("%s", err)
	}
	if asJSON {
		return a.answerJSON(answer)
	}
	if err := a.statusTable(answer); err != nil {
		return err
	}
	if len(answer.Hosts) > 0 {
		return nil
	}
	return a.answer(emptyStatus(base.ServiceAccount, cfg.Path))
}

// emptyStatus says what a configuration without hosts means.
func emptyStatus(account, path string) string {
	who := "with the source identity's own token"
	if account != "" {
		who = "as " + account
	}
	return "No host is configured in " + path + ".\n" +
		"Where docker or git ask for one of Google's registries or git servers, it is answered " + who + ".\n" +
		"To start, run: credential-iam configure --service-account EMAIL --docker LOCATION-docker.pkg.dev"
}

// statusTable prints the table for people.
func (a *app) statusTable(s statusAnswer) error {
	line := "keystore: " + s.Keystore.Name
	if s.Keystore.Why != "" {
		line += " (" + helper.OneLine(s.Keystore.Why, 300) + ")"
	}
	if err := a.answer(line); err != nil || len(s.Hosts) == 0 {
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "HOST\tSERVICE ACCOUNT\tTOKEN\tISSUER\tSOURCE\tKEYSTORE\tCACHED FOR")
	for _, h := range s.Hosts {
		account := h.ServiceAccount
		if account == "" && h.Token != "" {
			account = "(the source itself)"
		}
		cells := []string{h.Host, account, h.Token, h.Issuer, h.Source, h.Keystore}
		for i, c := range cells {
			if cells[i] = helper.OneLine(c, 120); c == "" {
				cells[i] = "-"
			}
		}
		fmt.Fprintln(w, strings.Join(cells, "\t")+"\t"+a.left(h))
	}
	return w.Flush()
}

// left says for how long a token is cached.
func (a *app) left(h hostStatus) string {
	switch {
	case h.Error != "":
		return "error: " + helper.OneLine(h.Error, 1000)
	case h.many:
		return "(several)"
	case h.TooBig:
		return "too big for the keystore"
	case h.Expires == "":
		return "-"
	}
	expires, err := time.Parse(time.RFC3339, h.Expires)
	if err != nil {
		return "-"
	}
	return expires.Sub(a.env.Now()).Round(time.Second).String()
}

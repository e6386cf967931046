package status

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// Print prints the report for people, within 80 columns but for words that are longer:
// who the source identity is, the keystore, a block for each host, and what is wrong,
// each mistake once. With now it says for how long a token is cached.
func (r Report) Print(out io.Writer, now time.Time) error {
	var b strings.Builder
	for i, s := range r.Sources {
		label := "source:"
		if i > 0 {
			label = ""
		}
		paragraph(&b, fmt.Sprintf("%-9s ", label), s.String())
	}
	paragraph(&b, "keystore: ", r.keystore())
	if len(r.Clients) > 0 {
		paragraph(&b, "clients:  ", strings.Join(r.Clients, ", ")+" (any host below)")
	}
	for _, h := range r.Hosts {
		b.WriteString("\n" + helper.OneLine(h.Host, 120) + "\n")
		paragraph(&b, "  ", r.describe(h, now))
	}
	if len(r.Hosts) == 0 {
		b.WriteString("\n" + empty(r.base, r.path) + "\n")
	}
	r.mistakes(&b)
	_, err := io.WriteString(out, b.String())
	return err
}

// width is that of the terminal that everybody has.
const width = 80

// paragraph writes a text behind a label, and its further lines below its first word.
func paragraph(b *strings.Builder, label, text string) {
	b.WriteString(label)
	column := len(label)
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case column+1+len(word) > width:
			b.WriteString("\n" + strings.Repeat(" ", len(label)))
			column = len(label)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	b.WriteByte('\n')
}

// String is a source as a person would say it: who, and from where.
func (s Source) String() string {
	if s.Error != "" {
		return cmp.Or(s.Source, "none") + ": " + helper.OneLine(s.Error, 1000)
	}
	who := cmp.Or(s.Principal, "e-mail unknown until a token is requested")
	from := s.Type + ", " + s.Source
	if s.Type == s.Source {
		from = s.Type
	}
	return helper.OneLine(who+" ("+from+")", 1000)
}

func (r Report) keystore() string {
	if r.Keystore.Why == "" {
		return r.Keystore.Name
	}
	return r.Keystore.Name + " (" + helper.OneLine(r.Keystore.Why, 300) + ")"
}

// describe says in a sentence what a host gets. What is as for the others is left out.
func (r Report) describe(h Host, now time.Time) string {
	if h.Error != "" && h.Token == "" {
		return "no credential, see the error below"
	}
	kind := h.Token + " token"
	if h.Issuer != helper.Google {
		kind = "credential of the issuer " + h.Issuer
	}
	account := h.ServiceAccount
	if account == "" {
		account = "the source identity itself"
	}
	words := []string{kind + " as " + account}
	if len(r.Sources) > 0 && h.Source != "" && h.Source != r.Sources[0].Source {
		words = append(words, "from "+h.Source)
	}
	if h.Keystore != r.Keystore.Name {
		words = append(words, "keystore "+h.Keystore)
	}
	words = append(words, h.left(now))
	if len(h.Clients) > 0 {
		words = append(words, "for "+strings.Join(h.Clients, ", "))
	}
	return helper.OneLine(strings.Join(words, ", "), 1000)
}

// left says for how long a token is cached.
func (h Host) left(now time.Time) string {
	expires, err := time.Parse(time.RFC3339, h.Expires)
	switch {
	case h.Error != "":
		return "see the error below"
	case h.NotCached != "":
		return "never cached: " + h.NotCached
	case h.many:
		return "cached per host"
	case h.TooBig:
		return "too big for the keystore"
	case h.Full:
		return "no room in the keystore"
	case err != nil:
		return "not cached"
	}
	return "cached for " + expires.Sub(now).Round(time.Second).String()
}

// mistakes writes each error once, with the hosts that it is of.
func (r Report) mistakes(b *strings.Builder) {
	var texts []string
	hosts := map[string][]string{}
	for _, h := range r.Hosts {
		if h.Error == "" {
			continue
		}
		if hosts[h.Error] == nil {
			texts = append(texts, h.Error)
		}
		hosts[h.Error] = append(hosts[h.Error], h.Host)
	}
	for _, text := range append(texts, r.Errors...) {
		label := "error: "
		if of := hosts[text]; of != nil {
			label += strings.Join(of, ", ") + ": "
		}
		b.WriteByte('\n')
		text, command, found := strings.Cut(helper.OneLine(text, 1000), "; run: ")
		paragraph(b, "", label+text)
		if found { // a line of its own, to be copied
			b.WriteString("  run: " + command + "\n")
		}
	}
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

package status

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
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
		r.source(&b, fmt.Sprintf("%-9s ", label), s)
	}
	paragraph(&b, "keystore: ", r.keystore())
	if r.Keystore.Fix != "" {
		b.WriteString("          run: " + r.Keystore.Fix + "\n")
	}
	if len(r.Clients) > 0 {
		paragraph(&b, "clients:  ", strings.Join(r.Clients, ", ")+" (any host below)")
	}
	for _, h := range r.Hosts {
		b.WriteString("\n" + helper.OneLine(h.Host, 120) + "\n")
		paragraph(&b, "  ", r.describe(h, now))
	}
	if len(r.Hosts) == 0 {
		b.WriteByte('\n')
		for _, text := range empty(r.base, r.path) {
			command(&b, "", text)
		}
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

// command writes a text behind a label, and the command that it ends with on a line of
// its own, to be copied.
func command(b *strings.Builder, label, text string) {
	text, run, found := strings.Cut(text, "; run: ")
	paragraph(b, label, text)
	if found {
		b.WriteString(strings.Repeat(" ", max(2, len(label))) + "run: " + run + "\n")
	}
}

// source writes who a source identity is. An error that is a host's too is said there.
func (r Report) source(b *strings.Builder, label string, s Source) {
	switch name := helper.OneLine(cmp.Or(s.Source, "none"), 1000); {
	case s.Error == "":
		paragraph(b, label, s.String())
	case slices.ContainsFunc(r.Hosts, func(h Host) bool { return h.cause != nil && reason(h.cause) == reason(s.cause) }):
		paragraph(b, label, name+", see the error below")
	default:
		command(b, label, name+": "+helper.OneLine(s.Error, 1000))
	}
}

// String is a source as a person would say it: who, and from where.
func (s Source) String() string {
	who := cmp.Or(s.Principal, "e-mail unknown until a token is requested")
	if s.Principal == "" && s.Type == "metadata" { // its e-mail may change at any time, and is not kept
		who = "the machine's service account"
	}
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
	if h.Error != "" && (h.Token == "" || h.ServiceAccount == "" && !h.own) {
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

// mistake is what is wrong with some hosts for one cause.
type mistake struct {
	text            string
	hosts, commands []string
}

// add adds a host with its error.
func (m *mistake) add(host, text string) {
	m.hosts = append(m.hosts, helper.OneLine(host, 120))
	if _, run, found := strings.Cut(text, "; run: "); found && !slices.Contains(m.commands, run) {
		m.commands = append(m.commands, run)
	}
}

// mistakes writes each cause once, with the hosts that it is of.
func (r Report) mistakes(b *strings.Builder) {
	var causes []string
	all := map[string]*mistake{}
	for _, h := range r.Hosts {
		if h.Error == "" {
			continue
		}
		cause, text := reason(h.cause), helper.OneLine(h.Error, 1000)
		m := all[cause]
		switch {
		case m == nil:
			m = &mistake{text: text}
			all[cause], causes = m, append(causes, cause)
		case m.text != text:
			m.text = cause
		}
		m.add(h.Host, text)
	}
	for _, cause := range causes {
		m := all[cause]
		text, _, _ := strings.Cut(m.text, "; run: ")
		b.WriteByte('\n')
		paragraph(b, "", "error: "+strings.Join(m.hosts, ", ")+": "+text)
		for _, run := range m.commands {
			b.WriteString("  run: " + run + "\n")
		}
	}
	for _, text := range r.Errors {
		b.WriteByte('\n')
		command(b, "", "error: "+helper.OneLine(text, 1000))
	}
}

// reason is an error without what it is about, by which two of one cause are known.
func reason(err error) string {
	if e := (*helper.Error)(nil); errors.As(err, &e) {
		return helper.OneLine(strings.TrimSuffix(e.Op, " for")+": "+e.Reason, 1000)
	}
	return helper.OneLine(err.Error(), 1000)
}

// empty says what a configuration without hosts means, in paragraphs.
func empty(base helper.Target, path string) []string {
	answer := "an error, since no service account is configured"
	switch {
	case base.Own:
		answer = "the source identity's own token"
	case base.ServiceAccount != "":
		answer = "a token as " + base.ServiceAccount
	}
	return []string{
		"No host is configured in " + path + ".",
		"Where docker or git asks for one of Google's registries or git servers, the answer is " + answer + ".",
		"Name an account and a host to start; run: credential-iam configure --service-account EMAIL --docker LOCATION-docker.pkg.dev",
	}
}

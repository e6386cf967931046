// Package place reads a host as a person has it at hand: from docker's
// configuration, from an image's name, from a git remote or from the name of a
// section.
//
// It reads text alone and decides nothing: whether a host is answered is the
// configuration's business.
package place

import (
	"errors"
	"net/url"
	"strings"
	"unicode"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// errForm is of what is no host.
var errForm = errors.New("want HOST, HOST:PORT, HOST/PATH or an https URL")

// Parse reads HOST, HOST:PORT, HOST/PATH or a URL. A user name in a URL never
// selects an identity and is dropped; "v1" and "v2" are registries' own paths. The
// request is git's, whose hosts include docker's.
func Parse(text string) (helper.Request, error) {
	r := helper.Request{Client: host.Git, Protocol: "https"}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
		return r, errForm
	}
	r.Protocol, r.Host, r.Path = strings.ToLower(u.Scheme), u.Host, strings.Trim(u.Path, "/")
	_, isHost := host.Canonical(r.Protocol, r.Host)
	if r.Protocol != "https" && r.Protocol != "http" || !isHost ||
		strings.ContainsFunc(r.Path, unicode.IsControl) {
		return r, errForm
	}
	if r.Path == "v1" || r.Path == "v2" {
		r.Path = ""
	}
	return r, nil
}

// anyLabel stands for the label of a wildcard section where a host name is
// needed.
const anyLabel = "any-label"

// Sample reads what Parse reads, in which "*" may stand for a label: the request is
// for a host that it matches.
func Sample(text string) (helper.Request, error) {
	return Parse(strings.ReplaceAll(text, "*", anyLabel))
}

// Bare returns HOST[:PORT][/PATH] in the form in which it is compared, or text
// itself where it is no host.
func Bare(text string) string {
	r, err := Sample(text)
	if err != nil {
		return text
	}
	bare, _ := host.Canonical(r.Protocol, r.Host)
	if r.Path != "" {
		bare += "/" + r.Path
	}
	return strings.ReplaceAll(bare, anyLabel, "*")
}

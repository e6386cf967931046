package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// TestManySections asks for each of thousands of hosts: the first questions, and the
// later ones, which look at the sections of their host alone, are answered alike, and
// a later one looks at few.
func TestManySections(t *testing.T) {
	const n = 5000
	var b strings.Builder
	b.WriteString(`{"plugins":{"iam":{"serviceAccount":"base@p.iam.gserviceaccount.com"},"iam@*.example.com":{"token":"access"}`)
	for i := range n {
		fmt.Fprintf(&b, `,"iam@H%d.example.com:443":{"token":"id","serviceAccount":"a%d@p.iam.gserviceaccount.com"}`, i, i)
		fmt.Fprintf(&b, `,"iam@h%d.example.com/team":{"serviceAccount":"b%d@p.iam.gserviceaccount.com"}`, i, i)
	}
	text := b.String() + "}}"
	env := newWorld(t, "").env()
	later := Parse(env, "config.json", []byte(text))
	for i := range n {
		for path, account := range map[string]string{"": "a", "team/x": "b"} {
			r := helper.Request{Client: host.Git, Protocol: "https", Host: fmt.Sprintf("h%d.example.com", i), Path: path}
			got, err := later.Describe(r)
			if want := fmt.Sprintf("%s%d@p.iam.gserviceaccount.com", account, i); err != nil || got.ServiceAccount != want || got.Token != helper.ID {
				t.Fatalf("%s/%s: got %q %q, %v, want %s", r.Host, path, got.ServiceAccount, got.Token, err, want)
			}
		}
	}
	for name, account := range map[string]string{"other.example.com": "base", "h1.example.com": "a1"} {
		r := helper.Request{Client: host.Git, Protocol: "https", Host: name}
		first, err1 := Parse(env, "config.json", []byte(text)).Describe(r)
		again, err2 := later.Describe(r)
		if err1 != nil || err2 != nil || first.ServiceAccount != again.ServiceAccount || !strings.HasPrefix(again.ServiceAccount, account+"@") {
			t.Errorf("%s: first %q, %v; later %q, %v", name, first.ServiceAccount, err1, again.ServiceAccount, err2)
		}
	}
	p, _ := At(helper.Request{Client: host.Git, Protocol: "https", Host: "h7.example.com"})
	looked := 0
	for range later.candidates(p.Pattern) {
		looked++
	}
	if looked != 3 {
		t.Errorf("looked at %d sections, want those of the host and the wildcard", looked)
	}
}

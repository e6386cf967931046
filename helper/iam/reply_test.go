package iam

import (
	"encoding/base64"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// TestCheckID has ID tokens that are nearly the one that was asked for.
func TestCheckID(t *testing.T) {
	const email, id = "sa@p.iam.gserviceaccount.com", "123456789012345678901"
	now := time.Unix(1_800_000_000, 0)
	exp := `,"exp":` + strconv.FormatInt(now.Add(time.Hour).Unix(), 10)
	at := func(d time.Duration) string { return `,"exp":` + strconv.FormatInt(now.Add(d).Unix(), 10) }
	for _, c := range []struct {
		account  string
		wantMail bool
		claims   string
		good     bool
	}{
		{email, true, `"aud":"a","email":"` + email + `"` + exp, true},
		{email, true, `"aud":["a"],"email":"` + strings.ToUpper(email) + `"` + exp, true},
		{email, false, `"aud":"a","sub":"x"` + exp, true},
		{id, true, `"aud":"a","sub":"` + id + `","email":"` + email + `"` + exp, true},

		{email, true, `"aud":"b","email":"` + email + `"` + exp, false},
		{email, true, `"aud":["a","b"],"email":"` + email + `"` + exp, false},
		{email, true, `"aud":[],"email":"` + email + `"` + exp, false},
		{email, true, `"email":"` + email + `"` + exp, false},
		{email, true, `"aud":"a","sub":"x"` + exp, false},
		{email, true, `"aud":"a","email":"other@p.iam.gserviceaccount.com"` + exp, false},
		{email, false, `"aud":"a","email":"other@p.iam.gserviceaccount.com"` + exp, false},
		{id, true, `"aud":"a","sub":"` + id + `0","email":"` + email + `"` + exp, false},
		{id, true, `"aud":"a","email":"` + email + `"` + exp, false},
		{email, true, `"aud":"a","email":"` + email + `"`, false},
		{email, true, `"aud":"a","email":"` + email + `","exp":"soon"`, false},
		{email, true, `"aud":"a","email":"` + email + `"` + at(0), false},
		{email, true, `"aud":"a","email":"` + email + `"` + at(-time.Second), false},
		{email, true, `"aud":"a","email":"` + email + `"` + at(time.Hour+slack+time.Second), false},
	} {
		token := "eyJhbGciOiJSUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte("{"+c.claims+"}")) + ".AAAA"
		target := helper.Target{Token: helper.ID, Audience: "a", IncludeEmail: c.wantMail}
		if _, err := checkID(token, target, c.account, now, now); (err == nil) != c.good {
			t.Errorf("%s of %s: %v, want good %t", c.claims, c.account, err, c.good)
		}
		for _, broken := range []string{token + "\n", token + " ", "\x00" + token, token + "\u00e9", token + strings.Repeat("A", maxToken)} {
			if _, err := checkID(broken, target, c.account, now, now); err == nil {
				t.Errorf("%.40q... passes", broken)
			}
		}
	}
}

// TestReadToken has replies of a token endpoint whose token lives for no time that can be.
func TestReadToken(t *testing.T) {
	asked := time.Unix(1_800_000_000, 0)
	for in, good := range map[string]bool{
		"3600": true, `"3600"`: true, "604800": true, "604801": false, "0": false, "-1": false, "1.5": false, "1e300": false, `"soon"`: false, "null": false,
	} {
		b, err := readToken([]byte(`{"access_token":"x","expires_in":`+in+`}`), asked)
		if (err == nil) != good || good && (b.secret != "x" || !b.expires.After(asked)) {
			t.Errorf("%s: %s, %v, want good %t", in, b.expires, err, good)
		}
	}
}

// TestSourceKey changes what decides a source's token, one at a time: each is another
// entry, and the scopes are one only where the source is asked for them.
func TestSourceKey(t *testing.T) {
	of := func(name, fingerprint string, scoped bool, scopes ...string) keystore.Key {
		return sourceKey(&identity{credential: &credential{kind: metadata{}, fingerprint: fingerprint}, about: about{name: name, scoped: scoped}}, scopes)
	}
	base := of("a", "f", true, "x", "y")
	for what, other := range map[string]keystore.Key{
		"name": of("b", "f", true, "x", "y"), "fingerprint": of("a", "g", true, "x", "y"), "scopes": of("a", "f", true, "x"), "joined": of("a", "f", true, "xy"), "none": of("a", "f", true),
	} {
		if other == base {
			t.Errorf("%s does not count", what)
		}
	}
	note := func(fingerprint string) keystore.Key {
		return noteKey(&identity{credential: &credential{fingerprint: fingerprint}}, noteTwoHops)
	}
	if note("f") == note("g") {
		t.Error("what was learnt about one source is believed of another")
	}
	if of("a", "f", true, "y", "x") != base || of("a", "f", false, "x") != of("a", "f", false, "y") {
		t.Error("the order counts, or scopes that were chosen by the person")
	}
}

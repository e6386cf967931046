package keystore_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

// No way of printing a secret, or what holds one, prints it.
func TestSecretPrints(t *testing.T) {
	const text = "hunter2"
	s := keystore.NewSecret(text)
	entry := keystore.Entry{Secret: s, Issued: time.Now()}
	type holder struct {
		Public  keystore.Secret
		private keystore.Secret
		Pointer *keystore.Secret
		Any     any
		Slice   []keystore.Secret
		Map     map[string]keystore.Secret
	}
	h := holder{s, s, &s, s, []keystore.Secret{s}, map[string]keystore.Secret{"k": s}}
	var out bytes.Buffer
	for _, v := range []any{s, &s, entry, &entry, []any{s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "% X", "%d", "%10s", "%-.3s", "%T", "%t", "%08b", "%p", "%w"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		fmt.Fprint(&out, v)
		fmt.Fprintln(&out, v)
	}
	// fmt calls no methods of what is in an unexported field.
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&out, verb+"\n", h)
		fmt.Fprintf(&out, verb+"\n", &h)
	}
	for _, v := range []any{s, &s, entry, h} {
		b, err := json.Marshal(v)
		must(t, err)
		out.Write(b)
	}
	must(t, xmlLike(&out, s))
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "s", s, "p", &s, "e", entry, "h", h)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "s", s, "p", &s, "e", entry, "h", h)
	log.New(&out, "", 0).Println(s, entry)
	fmt.Fprintln(&out, fmt.Errorf("wrapped %v: %w", s, errors.New(s.String())))
	must(t, template.Must(template.New("").Parse("{{.}} {{.Secret}} {{printf \"%s\" .Secret}}")).Execute(&out, entry))
	for _, leak := range []string{text, "68756e74657232", "68 75 6E", "104 117", "aHVudGVyMg"} {
		if i := strings.Index(out.String(), leak); i >= 0 {
			t.Errorf("printed as %q: ...%s", leak, out.String()[max(0, i-80):i])
		}
	}
	if n := strings.Count(out.String(), "REDACTED"); n < 50 {
		t.Errorf("REDACTED is printed %d times only", n)
	}
	var zero keystore.Secret
	if s.Reveal() != text || s.Empty() || zero.Reveal() != "" || !zero.Empty() || !keystore.NewSecret("").Empty() {
		t.Error("Reveal or Empty")
	}
	if !s.Equal(keystore.NewSecret(text)) || s.Equal(zero) || s.Equal(keystore.NewSecret("hunter3")) || !zero.Equal(keystore.NewSecret("")) {
		t.Error("Equal")
	}
}

// xmlLike writes by encoding.TextMarshaler, as encoding/xml and map keys do.
func xmlLike(out *bytes.Buffer, s keystore.Secret) error {
	b, err := json.Marshal(map[keystore.Secret]int{s: 1})
	out.Write(b)
	return err
}

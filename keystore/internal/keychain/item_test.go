package keychain

import (
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/keystore/internal/keychain/keychaintest"
)

// FuzzAddLine holds the line to what it is read as: one command, with these words.
func FuzzAddLine(f *testing.F) {
	for _, s := range []string{"credential-iam", "it's", `\`, `'`, `a"b`, " ", "", "ü", "-x", "\t"} {
		f.Add(s, s, "secret")
	}
	f.Fuzz(func(t *testing.T, service, account, secret string) {
		if !oneLine(service) || !oneLine(account) {
			return
		}
		line, err := addLine(service, account, secret)
		if err != nil {
			return
		}
		body, ok := strings.CutSuffix(string(line), "\n")
		if !ok || strings.ContainsAny(body, "\n\r\x00") || len(line) > maxLine {
			t.Fatalf("not a line: %q", line)
		}
		words := keychaintest.Split(body)
		if len(words) != 8 || !slices.Equal(words[:7], []string{"add-generic-password", "-U", "-s", service, "-a", account, "-w"}) {
			t.Fatalf("%q is read as %q", line, words)
		}
		if got, err := decode([]byte(words[7])); err != nil || got != secret {
			t.Fatalf("got %q, %v", got, err)
		}
	})
}

// FuzzClassify holds a failure to be one: no text makes an exit status a success.
func FuzzClassify(f *testing.F) {
	f.Add(44, "security: SecKeychainSearchCopyNext: The specified item could not be found in the keychain.\n")
	f.Add(0, "add-generic-password: returned -25308\n")
	f.Add(1, "add-generic-password: returned 0\n")
	f.Fuzz(func(t *testing.T, status int, stderr string) {
		got := classify(status, stderr)
		if status != 0 && got == nil {
			t.Fatal("a success")
		}
		if got != nil && len(got.Error()) > 40 {
			t.Fatalf("says %q", got)
		}
	})
}

// Items that go-keyring wrote are read, those of its first versions too.
func TestDecode(t *testing.T) {
	t.Parallel()
	for printed, want := range map[string]string{
		"go-keyring-base64:czNjcmV0\n": "s3cret", "go-keyring-encoded:733363726574\n": "s3cret", "s3cret\n": "s3cret",
		"go-keyring-base64:\n": "", "": "",
	} {
		if got, err := decode([]byte(printed)); err != nil || got != want {
			t.Errorf("%q: got %q, %v", printed, got, err)
		}
	}
}

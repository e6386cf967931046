package clients

import (
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
)

// TestDebugVariable has Go's HTTP/2 client log every header, which it does for whoever
// sets the variable: no token is in what the programs say besides their answer.
func TestDebugVariable(t *testing.T) {
	w := newWorld(t)
	w.configure()
	w.Env["GODEBUG"] = "http2debug=2"
	for _, program := range [][]string{{"credential-iam", "token"}, {"docker-credential-iam", "get"}} {
		cmd := w.Command(t.Context(), w.Dir, []string{"CREDENTIAL_IAM_LOG=debug"}, program[0], program[1:]...)
		cmd.Stdin = strings.NewReader(google)
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil || testenv.Token(string(out)) == "" {
			t.Fatalf("%v: %v: %s", program, err, said.String())
		}
		if leak := testenv.Leak(said.String(), testenv.Marks); leak != "" || strings.Contains(said.String(), "http2: ") {
			t.Errorf("%v says a secret (%s) or headers: %.200s", program, leak, said.String())
		}
		w.ask("erase", google)
	}
}

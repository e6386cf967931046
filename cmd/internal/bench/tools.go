package bench

import (
	"context"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
)

// toolHost is what the tools without a built-in host ask for.
const toolHost = "tools.example.com"

// tools measures each protocol of credential-iam-client beside docker's, from the
// same cached token.
func (b *bench) tools(ctx context.Context) []row {
	keystore := b.fastKeystore()
	h, err := b.home("tools", b.iam, b.iam.UserADC(person), testenv.Section{"keystore": keystore}, toolHost)
	if err != nil {
		b.note("tools", "all", err)
		return nil
	}
	commands := []command{b.dockerGet(keystore, h.Environ())}
	for _, c := range toolCommands() {
		in, err := b.input("tool-"+c.name, c.stdin)
		if err != nil {
			b.note("tools", c.name, err)
			continue
		}
		c.stdin, c.env = in, h.Environ(c.env...)
		c.args[0] = b.program(c.args[0])
		commands = append(commands, c)
	}
	return b.measure(ctx, "tools", b.options.n, append(commands, b.peers(ctx, "gke-gcloud-auth-plugin")...))
}

// toolCommands are what the tools run: the program's name before its arguments, the
// text of standard input, and what is in the environment beside the usual.
func toolCommands() []command {
	const token, header = `"token":"ya29.`, "Authorization"
	return []command{
		{
			name: "kubectl", args: []string{"credential-iam-client", "kube"}, want: token,
			env: []string{`KUBERNETES_EXEC_INFO={"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false,"cluster":{"server":"https://` + toolHost + `"}}}`},
		},
		{
			name: "kubelet", args: []string{"kubelet-credential-iam"}, want: `"password":"ya29.`,
			stdin: `{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":"` + dockerHost + `/proj/repo/image"}`,
		},
		{name: "Bazel", args: []string{"bazel-credential-iam", "get"}, stdin: `{"uri":"https://` + dockerHost + `/v2/proj/repo/blobs/1"}`, want: header},
		{name: "pip", args: []string{"credential-iam-client", "keyring", "get", "https://europe-python.pkg.dev/proj/repo/simple/", "oauth2accesstoken"}, want: "ya29."},
		{name: "header", args: []string{"credential-iam-client", "header", "https://" + toolHost}, want: header},
		{
			name: "cargo", args: []string{"cargo-credential-iam", "--cargo-plugin"}, want: `"token":"Bearer ya29.`,
			stdin: `{"v":1,"kind":"get","operation":"read","registry":{"index-url":"sparse+https://` + toolHost + `/index/"},"args":[]}` + "\n",
		},
		{name: "Terraform", args: []string{"terraform-credentials-iam", "get", toolHost}, want: token},
		{name: "go", args: []string{"credential-iam-client", "goauth", "https://europe-go.pkg.dev/proj/repo"}, stdin: "HTTP/1.1 401 Unauthorized\n\n", want: header},
		{name: "Bazel, not our host", args: []string{"bazel-credential-iam", "get"}, stdin: `{"uri":"https://example.org/1"}`, want: "{}"},
	}
}

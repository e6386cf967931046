package toolconfig

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/helper"
)

// Kubelet is the configuration of kubelet's credential provider (kubernetes.io,
// "Configure a kubelet image credential provider"): a file that an administrator
// names to kubelet.
type Kubelet struct {
	// Images are the registries that kubelet is to ask for; a label may be "*".
	Images []string
	// Env are names and values of the program's environment, which kubelet's own lacks.
	Env [][2]string
}

// Text returns the file.
func (k Kubelet) Text() string {
	var b strings.Builder
	b.WriteString("apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n  - name: kubelet-credential-iam\n    matchImages:\n")
	for _, image := range k.Images {
		b.WriteString("      - " + yaml(image) + "\n")
	}
	b.WriteString("    defaultCacheDuration: 5m\n    apiVersion: credentialprovider.kubelet.k8s.io/v1\n    env:\n")
	for _, e := range k.Env {
		b.WriteString("      - name: " + e[0] + "\n        value: " + yaml(e[1]) + "\n")
	}
	return b.String()
}

// yaml returns a string in YAML's form with quotes, which is that of JSON.
func yaml(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)
	return strings.TrimSpace(b.String())
}

// Write plans a file with the text. One that says something else stays, unless it is
// forced.
func (k Kubelet) Write(path string, force bool) ([]Step, error) {
	if err := files.NeedFolder(path); err != nil {
		return nil, unread(path, err)
	}
	f, err := read(path)
	if err != nil {
		return nil, err
	}
	if f.Raw != nil && string(f.Raw) != k.Text() && !force {
		return nil, failure("write", f.Path, "there is a file that says something else; nothing was changed", "credential-iam configure --kubelet --out "+helper.ShellWord(path)+" --force")
	}
	mine := func(_ text, _ int, line string) bool { return strings.Contains(k.Text(), line) }
	return f.steps(newText([]byte(k.Text())), mine, Change{Key: "CredentialProviderConfig", New: []string{"kubelet-credential-iam"}}), nil
}

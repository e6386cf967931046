package helper

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/credential-iam/credential-iam/keystore"
)

// Identities reads source identities that a person keeps in the keyring.
type Identities interface {
	Get(ctx context.Context, name string) (keystore.Secret, error)
}

// LoginADC is the command by which a person leaves credentials for programs.
const LoginADC = "gcloud auth application-default login"

// bySource is how a source was found that is named: by the configuration's key
// or by the flag of that name.
const bySource = `"source"`

// findSource finds the source identity that spec names, and its fingerprint,
// without a network call. spec is a value of the key "source", or "" for the
// default: application default credentials, then gcloud's account.
func (c *Config) findSource(ctx context.Context, spec string, g func() gcloudConfig, ids Identities) (Source, error) {
	kind, arg, _ := strings.Cut(spec, ":")
	switch kind {
	case "file":
		if rest, ok := strings.CutPrefix(arg, "~/"); ok {
			arg = filepath.Join(c.env.HomeDir, rest)
		}
		return fileSource(arg, bySource, func() (by, mend string) { return c.whoNamed(spec) })
	case "keyring":
		return keyringSource(ctx, arg, ids)
	case "metadata":
		return metadataSource(c.env, bySource), nil
	case "gcloud":
		if s, ok := gcloudSource(c.env, g()); ok {
			return s, nil
		}
		return Source{}, sourceError("gcloud", "gcloud has no active account", "gcloud auth login")
	}
	if s, found, err := adcSource(c.env); found {
		return s, err
	}
	if spec == "" {
		if s, ok := gcloudSource(c.env, g()); ok {
			return s, nil
		}
	}
	return Source{}, sourceError("application default credentials",
		"there is no GOOGLE_APPLICATION_CREDENTIALS, no application_default_credentials.json, no metadata server's mark on this machine, and no gcloud account", LoginADC)
}

// sourceError is the error of a source identity that cannot be had.
func sourceError(what, why, hint string) *Error {
	return &Error{Who: User, Op: "find source identity", Object: what, Reason: why, Hint: hint, Code: "no-source"}
}

// adcSource finds application default credentials as Google's libraries do: the
// variable, gcloud's well-known file, the metadata server.
func adcSource(env Env) (s Source, found bool, err error) {
	if path := env.Getenv("GOOGLE_APPLICATION_CREDENTIALS"); path != "" {
		const name = "GOOGLE_APPLICATION_CREDENTIALS"
		s, err = fileSource(path, name, func() (by, mend string) { return name, "unset " + name })
		return s, true, err
	}
	if dir := env.GcloudDir(); dir != "" {
		path := filepath.Join(dir, "application_default_credentials.json")
		const name = "application default credentials"
		s, err = fileSource(path, name, func() (by, mend string) { return name, LoginADC })
		if !errors.Is(err, fs.ErrNotExist) {
			return s, true, err
		}
	}
	if from := onGoogleCloud(env); from != "" {
		return metadataSource(env, from), true, nil
	}
	return Source{}, false, nil
}

// whoNamed says who named a source, and by what command another one is named: a
// section, or else the flag of a command, which only who typed it can mend.
func (c *Config) whoNamed(spec string) (by, mend string) {
	for _, name := range c.Sections() {
		if values, err := c.values(c.sections[name]); err == nil && values["source"] == spec {
			return bySource + " in " + c.Path, "${EDITOR:-vi} " + ShellWord(c.Path)
		}
	}
	return "--source", ""
}

// fileSource names the identity in a file. named says, of one that is of no use,
// who named it and what mends that; without a command the file is looked at.
func fileSource(path, from string, named func() (by, mend string)) (Source, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		abs = path // reading it fails likewise
	}
	var print string
	b, err := ReadFile(abs, maxFile)
	if err == nil {
		print, err = Fingerprint(b)
	}
	if err != nil {
		by, mend := named()
		return Source{}, fileError(abs, by, mend, err)
	}
	return Source{Kind: "file", Path: abs, From: from, Fingerprint: print}, nil
}

// fileError is the error of a file that is of no use. Who may not read it, or
// finds something else than a file, has to look at what is there.
func fileError(path, by, mend string, err error) *Error {
	switch {
	case errors.Is(err, errNotRegular):
		mend = "ls -ld " + ShellWord(path)
	case errors.Is(err, fs.ErrPermission):
		mend = ""
	}
	if mend == "" {
		mend = "ls -l " + ShellWord(path)
	}
	e := sourceError(path, err.Error()+" (named by "+by+")", mend)
	e.Cause = err
	return e
}

// AddSource is the command by which a person has the keyring keep an identity.
func AddSource(name string) string {
	return "credential-iam source add " + ShellWord(name) + " --from FILE"
}

// keyringSource names an identity that "credential-iam source add" keeps.
func keyringSource(ctx context.Context, name string, ids Identities) (Source, error) {
	add := AddSource(name)
	if ids == nil {
		return Source{}, sourceError("keyring:"+name, "this program cannot read the keyring", add)
	}
	doc, err := ids.Get(ctx, name)
	if err != nil {
		if errors.Is(err, keystore.ErrNotFound) {
			return Source{}, sourceError("keyring:"+name, "the keyring has no such identity", add)
		}
		return Source{}, sourceError("keyring:"+name, err.Error(), "")
	}
	print, err := Fingerprint([]byte(doc.Reveal()))
	if err != nil {
		return Source{}, sourceError("keyring:"+name, err.Error(), add)
	}
	return Source{Kind: "keyring", Name: name, From: bySource, Fingerprint: print}, nil
}

// metadataSource names the service account that this machine runs as.
func metadataSource(env Env, from string) Source {
	return Source{Kind: "metadata", From: from, Fingerprint: Digest("metadata", env.Getenv("GCE_METADATA_HOST"))}
}

// onGoogleCloud returns by what mark this machine is seen to have a metadata
// server, or "". It looks, it does not call: a probe costs seconds elsewhere.
func onGoogleCloud(env Env) string {
	if env.Getenv("GCE_METADATA_HOST") != "" {
		return "GCE_METADATA_HOST"
	}
	for _, name := range []string{"K_SERVICE", "CLOUD_RUN_JOB", "GAE_SERVICE"} {
		if env.Getenv(name) != "" {
			return name
		}
	}
	b, err := ReadFile("/sys/class/dmi/id/product_name", maxFile)
	if product := strings.TrimSpace(string(b)); err == nil && (product == "Google" || product == "Google Compute Engine") {
		return "the machine's product name"
	}
	return ""
}

// gcloudSource names gcloud's active account. What else decides the token that
// gcloud prints is part of the fingerprint.
func gcloudSource(env Env, g gcloudConfig) (Source, bool) {
	account := g.account(env)
	overrides := []string{env.Getenv("CLOUDSDK_AUTH_ACCESS_TOKEN")}
	for _, path := range []string{
		env.Getenv("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"), env.Getenv("CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE"),
		g.properties["auth/access_token_file"], g.properties["auth/credential_file_override"],
	} {
		content := ""
		if path != "" {
			b, _ := ReadFile(path, maxFile) // gcloud will say what is wrong with it
			content = string(b)
		}
		overrides = append(overrides, path, content)
	}
	if account == "" && strings.Join(overrides, "") == "" {
		return Source{}, false
	}
	return Source{
		Kind: "gcloud", Path: g.dir, Name: account, From: "gcloud's active configuration",
		Fingerprint: Digest(append([]string{"gcloud", g.dir, account}, overrides...)...),
	}, true
}

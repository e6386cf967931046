package session

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/metadata"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// audience names nothing of Google's, and no project: a library that finds one in it
// asks for its name.
const audience = "//iam.googleapis.com/credential-iam/exec"

// subjectFile is the file of the subject token.
const subjectFile = "subject"

// Kind is what the credential file is.
type Kind string

const (
	// Federation is a file of type external_account: programs get the scopes that they
	// ask for. Go, Python, Node.js and Terraform take it.
	Federation Kind = "federation"
	// User is a file of type external_account_authorized_user, which Java's library
	// takes too: it wants https of the other. Programs get the scopes of the account.
	User Kind = "user"
	// None is no file: there is the metadata server alone, from which alone the libraries
	// take ID tokens.
	None Kind = "none"
)

// Kinds are all kinds.
func Kinds() []string { return []string{string(Federation), string(User), string(None)} }

// KindFor is the kind that a command takes: that of Java for what is known to be
// written in it.
func KindFor(command string) Kind {
	name, _, _ := strings.Cut(strings.ToLower(filepath.Base(command)), ".") // mvn.cmd
	if slices.Contains([]string{"java", "mvn", "mvnw", "mvnd", "gradle", "gradlew", "sbt", "ant", "bazel", "bazelisk"}, name) {
		return User
	}
	return Federation
}

// writeCredential writes the credential file and, where it names one, the file of the
// subject token. Without a file for libraries our own programs have theirs.
func writeCredential(p *Plan, kind Kind, base string, c helper.Changes) error {
	capability, to := p.Capability.Reveal(), base+metadata.TokenPath
	aud, quota, universe := audience, p.Target.QuotaProject, p.Account.Universe
	if universe == helper.DefaultUniverse {
		universe = ""
	}
	var fields []wire.Field
	switch kind {
	case User:
		typ, client := "external_account_authorized_user", "credential-iam"
		fields = []wire.Field{
			wire.F("type", &typ), wire.F("audience", &aud), wire.F("token_url", &to),
			wire.F("client_id", &client), wire.F("client_secret", &client), wire.F("refresh_token", &capability),
		}
	default:
		typ, tokenType, subject := "external_account", "urn:ietf:params:oauth:token-type:jwt", filepath.Join(p.Folder, subjectFile)
		if err := os.WriteFile(subject, []byte(capability), 0o600); err != nil {
			return err
		}
		fields = []wire.Field{
			wire.F("type", &typ), wire.F("audience", &aud), wire.F("subject_token_type", &tokenType), wire.F("token_url", &to),
			wire.F("credential_source", []wire.Field{wire.F("file", &subject)}),
		}
	}
	fields = append(fields, wire.F("quota_project_id", &quota), wire.F("universe_domain", &universe), helper.ChangesField(&c))
	return os.WriteFile(credentialPath(p.Folder), append(wire.Append(nil, fields...), '\n'), 0o600)
}

func credentialPath(folder string) string { return filepath.Join(folder, helper.ExecFile) }

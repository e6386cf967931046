package iam

import (
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// The roles that let an account be used.
const (
	tokenCreator       = "roles/iam.serviceAccountTokenCreator"
	openIDTokenCreator = "roles/iam.serviceAccountOpenIdTokenCreator"
)

// grantCommand lets member use account.
func grantCommand(account, member, role string) string {
	return "gcloud iam service-accounts add-iam-policy-binding " + helper.ShellWord(account) +
		" --member=" + helper.ShellWord(member) + " --role=" + role
}

// projectOf returns the project that a service account's e-mail names, or "".
func projectOf(account string) string {
	_, domain, _ := strings.Cut(account, "@")
	if p, ok := strings.CutSuffix(domain, ".iam.gserviceaccount.com"); ok {
		name, domain, scoped := strings.Cut(p, ".")
		if scoped { // sa@name.example.com.iam... belongs to the project example.com:name
			return domain + ":" + name
		}
		return name
	}
	if domain == "appspot.gserviceaccount.com" {
		p, _, _ := strings.Cut(account, "@")
		return p
	}
	return ""
}

// inProject is the flag for the account's project, if that is known.
func inProject(account string) string {
	if p := projectOf(account); p != "" {
		return " --project=" + helper.ShellWord(p)
	}
	return ""
}

// accountMember is how a policy names a service account or a person.
func accountMember(email string) string {
	if strings.HasSuffix(email, ".gserviceaccount.com") {
		return "serviceAccount:" + email
	}
	return "user:" + email
}

// memberOf is how IAM policies name the identity.
func (id *identity) memberOf() string {
	if id.principal != "" {
		return accountMember(id.principal)
	}
	return id.member
}

// who names the identity for a person, as the subject of a sentence.
func (id *identity) who() string {
	if id.principal != "" {
		return id.principal
	}
	if strings.HasPrefix(id.member, "principal:") {
		return id.member
	}
	return "the identity of " + id.src.String()
}

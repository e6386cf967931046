package iam

import (
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
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

// inProject is the flag for the account's project, if it can be told.
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

// member is how IAM policies name the identity. What cannot be told without
// signing in is a word in capitals, for a person to fill in.
func (id *identity) member() string {
	if id.principal != "" {
		return accountMember(id.principal)
	}
	switch id.kind {
	case "metadata":
		return "serviceAccount:EMAIL_OF_THIS_MACHINE"
	case typeExternal, typeExternalUser:
		pool, _, _ := strings.Cut(id.base.Audience, "/providers/")
		pool = strings.TrimPrefix(pool, "//iam.googleapis.com/")
		subject := "SUBJECT"
		if id.base.Subject.File != "" {
			if token, err := readSubject(id.base.Subject); err == nil {
				if _, sub := subjectClaims(token); sub != "" {
					subject = helper.OneLine(sub, 200)
				}
			}
		}
		return "principal://iam.googleapis.com/" + helper.OneLine(pool, 200) + "/subject/" + subject
	}
	return "user:EMAIL"
}

// who names the identity for a person, as the subject of a sentence.
func (id *identity) who() string {
	if id.principal != "" {
		return id.principal
	}
	if strings.HasPrefix(id.member(), "principal:") {
		return id.member()
	}
	return "the identity of " + id.src.String()
}

// login is the command that makes the source identity good again.
func (id *identity) login() string {
	switch id.kind {
	case "gcloud":
		return "gcloud auth login" + argument(id.src.Name)
	case typeKey:
		return "gcloud iam service-accounts keys list --iam-account=" + helper.ShellWord(id.principal)
	case typeExternal:
		return id.provider()
	case typeExternalUser:
		return source.LoginADC + " --login-config=FILE"
	case "metadata":
		return ""
	}
	return source.LoginADC
}

// provider is the command that shows how a federation is set up.
func (id *identity) provider() string {
	parts := strings.Split(strings.TrimPrefix(id.base.Audience, "//iam.googleapis.com/"), "/")
	flag := map[string]string{}
	for i := 0; i+1 < len(parts); i += 2 {
		flag[parts[i]] = helper.ShellWord(helper.OneLine(parts[i+1], 100))
	}
	switch {
	case flag["workloadIdentityPools"] != "" && flag["providers"] != "":
		return "gcloud iam workload-identity-pools providers describe " + flag["providers"] + " --workload-identity-pool=" +
			flag["workloadIdentityPools"] + " --location=" + flag["locations"] + " --project=" + flag["projects"]
	case flag["workforcePools"] != "" && flag["providers"] != "":
		return "gcloud iam workforce-pools providers describe " + flag["providers"] + " --workforce-pool=" +
			flag["workforcePools"] + " --location=" + flag["locations"]
	}
	return ""
}

package source

import (
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// SubjectAWS is the identity that a machine or program has at Amazon.
const SubjectAWS SubjectKind = "AWS"

var ofAWS = subjectKind{
	name: SubjectAWS,
	is:   func(s Subject) bool { return strings.HasPrefix(s.EnvironmentID, "aws") },
	principal: func(_ Subject, env helper.Env) Principal {
		id, secret := env.Getenv("AWS_ACCESS_KEY_ID"), env.Getenv("AWS_SECRET_ACCESS_KEY")
		if id == "" || secret == "" {
			return unknown("the AWS role of this machine is known only after a call")
		}
		return Principal{print: Digest("AWS_ACCESS_KEY_ID", id)}
	},
}

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
		if id := env.Getenv("AWS_ACCESS_KEY_ID"); id != "" && env.Getenv("AWS_SECRET_ACCESS_KEY") != "" {
			return Principal{print: Digest("AWS_ACCESS_KEY_ID", id)}
		}
		if c := containerOf(env); c != nil {
			return c.principal()
		}
		return unknown("the AWS role of this machine is known only after a call")
	},
}

package source

import (
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// SubjectAWS is the identity that a machine or program has at Amazon.
const SubjectAWS SubjectKind = "AWS"

// HalfAWSKeys returns which variable of an AWS key is there and which one is missing,
// both "" where there is a key or none. Half a key is no reason to be somebody else.
func HalfAWSKeys(env helper.Env) (there, missing string) {
	const id, secret = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
	switch hasID, hasSecret := env.Getenv(id) != "", env.Getenv(secret) != ""; {
	case hasID && !hasSecret:
		return id, secret
	case hasSecret && !hasID:
		return secret, id
	}
	return "", ""
}

var ofAWS = subjectKind{
	name: SubjectAWS,
	is:   func(s Subject) bool { return strings.HasPrefix(s.EnvironmentID, "aws") },
	principal: func(_ Subject, env helper.Env) Principal {
		if _, missing := HalfAWSKeys(env); missing != "" {
			return unknown("the AWS keys in the environment lack " + missing)
		}
		if id := env.Getenv("AWS_ACCESS_KEY_ID"); id != "" && env.Getenv("AWS_SECRET_ACCESS_KEY") != "" {
			return Principal{print: Digest("AWS_ACCESS_KEY_ID", id)}
		}
		if c := containerOf(env); c != nil {
			return c.principal()
		}
		return unknown("the AWS role of this machine is known only after a call")
	},
}

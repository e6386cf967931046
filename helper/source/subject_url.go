package source

import (
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// SubjectURL is a server that gives the token.
const SubjectURL SubjectKind = "url"

var ofURL = subjectKind{
	name: SubjectURL,
	is:   func(s Subject) bool { return s.URL != "" },
	// The token is known after the call. Where the document holds the credential that
	// a CI system gave to this one job, another job has another document. That is a
	// JWT; a fixed password says nothing of the job.
	principal: func(s Subject, _ helper.Env) Principal {
		for name, value := range s.Headers {
			if strings.EqualFold(name, "Authorization") && claimsOf(value[strings.LastIndexByte(value, ' ')+1:]) != nil {
				return Principal{}
			}
		}
		return unknown("the URL of its subject token may answer for another identity each time")
	},
}

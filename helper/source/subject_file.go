package source

import "github.com/credential-iam/credential-iam/helper"

// SubjectFile is a file that something else keeps fresh.
const SubjectFile SubjectKind = "file"

var ofFile = subjectKind{
	name: SubjectFile,
	is:   func(s Subject) bool { return s.File != "" },
	principal: func(s Subject, _ helper.Env) Principal {
		token, err := s.ReadFile()
		if err != nil {
			return unknown("its subject token file cannot be read")
		}
		return principalOf(token)
	},
}

// maxSubjectToken bounds the file of a subject token.
const maxSubjectToken = 64 << 10

// ReadFile reads the subject token of a file source. The error is the reason
// alone, without the path.
func (s Subject) ReadFile() (string, error) {
	raw, err := helper.ReadFile(s.File, maxSubjectToken)
	if err != nil {
		return "", err
	}
	return s.Extract(raw)
}

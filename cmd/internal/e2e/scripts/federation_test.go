package scripts

import (
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// federation KIND FILE [ACCOUNT] writes the credential file of a federation, which
// impersonates ACCOUNT by itself if there is one. KIND is where its subject token
// comes from: file, url, job (a URL that is asked with the job's own credential),
// program, output (a program that leaves its token in a file), aws.
func federation(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: federation KIND FILE [ACCOUNT]")
	}
	file := ts.MkAbs(args[1])
	o := iamtest.ExternalOptions{Subject: "nobody"}
	if len(args) == 3 {
		o.Target = account(args[2])
	}
	switch args[0] {
	case "file":
		o.File = file + ".token"
	case "url":
		o.URL = true
	case "job":
		o.URL, o.Bearer = true, server(ts).SubjectToken("this job") // GitHub gives each job a JWT to ask with
	case "program":
		o.Command = file + ".sh"
	case "output":
		o.Command, o.OutputFile = "/bin/false", file+".output"
	case "aws":
		o.AWS = true
	case "azure":
		o.Azure = true
	default:
		ts.Fatalf("unknown kind %q", args[0])
	}
	if o.Command == file+".sh" {
		ts.Check(testenv.WriteProgram(o.Command, []byte("#!/bin/sh\ncat "+file+".reply\n")))
	}
	ts.Check(os.WriteFile(file, server(ts).ExternalADC(o), 0o600))
}

// member completes the name of a principal: an account, workload:SUBJECT or
// aws:ROLE.
func member(s *iamtest.Server, name string) string {
	kind, subject, _ := strings.Cut(name, ":")
	switch kind {
	case "workload":
		return s.WorkloadPrincipal(subject).Email
	case "aws":
		return s.WorkloadPrincipal(iamtest.AWSSubjectOf(subject)).Email
	}
	return account(name)
}

// behind KIND FILE SUBJECT makes SUBJECT the one whose token FILE's federation
// finds from now on. FILE stays as it is.
func behind(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: behind KIND FILE SUBJECT")
	}
	s, file, who := server(ts), ts.MkAbs(args[1]), args[2]
	write := func(end string, content []byte) { ts.Check(os.WriteFile(file+end, content, 0o600)) }
	switch args[0] {
	case "file":
		write(".token", []byte(s.SubjectToken(who)))
	case "url", "job", "azure":
		s.SetSubject(who)
	case "program":
		write(".reply", s.ExecutableResponse(who))
	case "output":
		write(".output", s.ExecutableResponse(who))
	case "aws":
		for _, kv := range iamtest.AWSEnvironmentOf(who) {
			name, value, _ := strings.Cut(kv, "=")
			ts.Setenv(name, value)
		}
	default:
		ts.Fatalf("unknown kind %q", args[0])
	}
}

// workforce SUBJECT FILE writes the sign-in of a person of the workforce pool, who
// may impersonate deployer. The server renews its refresh token with every use.
func workforce(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: workforce SUBJECT FILE")
	}
	s := server(ts)
	s.Grant(s.WorkforcePrincipal(args[0]).Email, iamtest.RoleWorkload, deployer)
	s.RotateRefreshTokens()
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), s.ExternalUserADC(args[0]), 0o600))
}

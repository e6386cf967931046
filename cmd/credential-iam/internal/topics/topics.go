// Package topics has the texts of "credential-iam help TOPIC".
//
// They are the pages in docs/, made for a terminal; after a change there run
// "go generate ./cmd/credential-iam/internal/topics".
package topics

import "embed"

//go:generate go run ../../../internal/manual/main.go -topics .

//go:embed *.txt
var texts embed.FS

// Topic is one help topic.
type Topic struct{ Name, Short, Text string }

// All returns the topics, in the order that they are listed in.
func All() []Topic {
	all := []Topic{
		{Name: "configuration", Short: "every key, sections, precedence, built-in hosts"},
		{Name: "sources", Short: "the credential that impersonates the account"},
		{Name: "keystores", Short: "where tokens are cached"},
		{Name: "clients", Short: "docker, podman, helm, git, Go modules, other clouds"},
		{Name: "programs", Short: "any program as the account: gcloud, Terraform, Google's SDKs"},
		{Name: "ci", Short: "GitHub Actions, GitLab, Jenkins, Cloud Build"},
	}
	for i, t := range all {
		text, _ := texts.ReadFile(t.Name + ".txt") // embedded, so it is there
		all[i].Text = string(text)
	}
	return all
}

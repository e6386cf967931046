// Package manual makes the manual of the programs from what is written once: the
// help topics of credential-iam and the man pages of section 7 from the pages in
// docs/, the man pages of section 1 from the commands' own help.
//
//	go run ./cmd/internal/manual/main.go -topics cmd/credential-iam/internal/topics
//	go run ./cmd/internal/manual/main.go -man DIR
//
// It reads the part of Markdown that the pages use (headings, paragraphs, lists,
// tables, fenced code, emphasis, code and links) and refuses nothing: what it does
// not know is text. It is not an API, and nothing that is installed imports it.
package manual

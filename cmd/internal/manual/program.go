package manual

import (
	"errors"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
)

// ProgramPage renders the man page of a program from the comment of its package,
// which is its manual.
func ProgramPage(name, dir, version string) (string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, "main.go"), nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		return "", err
	}
	return programPage(name, version, f.Doc)
}

func programPage(name, version string, text *ast.CommentGroup) (string, error) {
	doc := new(comment.Parser).Parse(text.Text())
	if len(doc.Content) == 0 {
		return "", errors.New(name + " has no package comment")
	}
	var b strings.Builder
	for i, block := range doc.Content {
		if i == 0 {
			sentence := oneLine(block)
			short, _, _ := strings.Cut(sentence, ". ")
			short = strings.TrimPrefix(short, "Command ")
			_, short, _ = strings.Cut(short, " ") // its name
			head(&b, name, 1, version, strings.TrimSuffix(strings.TrimPrefix(short, "is "), "."))
			b.WriteString(".SH DESCRIPTION\n")
		}
		switch block := block.(type) {
		case *comment.Code:
			roffBlock(&b, codeBlock(block.Text))
		case *comment.Heading:
			b.WriteString(".SH " + quote(strings.ToUpper(oneLine(block))) + "\n")
		default:
			b.WriteString(".PP\n" + protect(escape(oneLine(block))) + "\n")
		}
	}
	seeAlso(&b)
	return b.String(), nil
}

func codeBlock(text string) block {
	return block{kind: code, lines: strings.Split(strings.TrimRight(text, "\n"), "\n")}
}

// oneLine returns the text of a part of a comment, without its line ends.
func oneLine(part comment.Block) string {
	text := new(comment.Printer).Text(&comment.Doc{Content: []comment.Block{part}})
	return strings.TrimPrefix(strings.Join(strings.Fields(string(text)), " "), "# ")
}

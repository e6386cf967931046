package manual

import (
	"fmt"
	"strings"
)

// Page7 renders a page of docs/ as the man page credential-iam-NAME(7).
func Page7(name, version, page string) string {
	var b strings.Builder
	blocks := parse(page)
	title := name
	if len(blocks) > 0 && blocks[0].kind == heading {
		title, blocks = plain(blocks[0].text), blocks[1:]
	}
	head(&b, "credential-iam-"+name, 7, version, title+" of credential-iam")
	b.WriteString(".SH DESCRIPTION\n")
	for _, block := range blocks {
		roffBlock(&b, block)
	}
	seeAlso(&b)
	return b.String()
}

// head writes the title and the section NAME.
func head(b *strings.Builder, name string, section int, version, short string) {
	fmt.Fprintf(b, ".TH %s %d \"\" %s \"credential-iam\"\n", quote(strings.ToUpper(name)), section, quote("credential-iam "+version))
	b.WriteString(".nh\n.ad l\n.SH NAME\n" + escape(name) + " \\- " + escape(short) + "\n")
}

// seeAlso writes the last section.
func seeAlso(b *strings.Builder) {
	b.WriteString(".SH SEE ALSO\n.BR credential-iam (1),\n.BR credential-iam-configuration (7)\n")
}

// textColumn is where the text of a man page begins.
const textColumn = 7

// roffCode writes code, moved in from the text as far as its widest line lets it, which
// may be to the left of it.
func roffCode(b *strings.Builder, lines []string) {
	fmt.Fprintf(b, ".PP\n.in %dn\n.nf\n", max(0, codeIndent(lines, textColumn+4)))
	for _, line := range lines {
		b.WriteString(protect(escape(line)) + "\n")
	}
	b.WriteString(".fi\n.in\n")
}

func roffBlock(b *strings.Builder, block block) {
	switch block.kind {
	case heading:
		macro := ".SH "
		if block.level > 2 {
			macro = ".SS "
		}
		b.WriteString(macro + quote(strings.ToUpper(plain(block.text))) + "\n")
	case paragraph:
		b.WriteString(".PP\n" + roff(block.text) + "\n")
	case code:
		roffCode(b, block.lines)
	case list:
		for i, item := range block.items {
			mark := `\(bu`
			if block.numbered {
				mark = fmt.Sprintf("%d.", i+1)
			}
			b.WriteString(".IP " + mark + " 3\n" + roff(item) + "\n")
		}
	case table:
		for _, row := range block.rows[1:] {
			b.WriteString(".TP\n" + roff(row[0]) + "\n")
			for i, cell := range row[1:] {
				if cell == "" {
					continue
				}
				if i > 0 {
					b.WriteString(".br\n")
					cell = block.rows[0][i+1] + ": " + cell
				}
				b.WriteString(roff(cell) + "\n")
			}
		}
	}
}

// roff renders a line with its faces.
func roff(text string) string {
	var b strings.Builder
	for _, s := range spans(text) {
		if s.bold {
			b.WriteString(`\fB` + escape(s.text) + `\fR`)
		} else {
			b.WriteString(escape(s.text))
		}
	}
	return protect(b.String())
}

// escape makes text mean itself to roff; hyphens and quotes stay what can be
// pasted into a shell.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, `"`, `\(dq`).Replace(text)
}

// protect keeps a line that begins like a request from being one.
func protect(line string) string {
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, `\(aq`) {
		return `\&` + line
	}
	return line
}

// quote makes an argument of a request.
func quote(text string) string { return `"` + escape(text) + `"` }

package manual

import (
	"fmt"
	"strings"
)

// width is how wide a topic's text is on the screen, columns how wide anything is.
const (
	width   = 78
	columns = 80
)

// codeIndent is how far code is moved in: as far as asked, or as its widest line lets it.
func codeIndent(lines []string, asked int) int {
	for _, line := range lines {
		asked = min(asked, columns-len([]rune(line)))
	}
	return asked
}

// Topic renders a page for a terminal: no marks, no backticks, within 80 columns.
func Topic(page string) string {
	var b strings.Builder
	for i, block := range parse(page) {
		if i > 0 {
			b.WriteByte('\n')
		}
		switch block.kind {
		case heading:
			title := plain(block.text)
			if block.level < 3 {
				title = strings.ToUpper(title)
			}
			b.WriteString(title + "\n")
		case paragraph:
			fill(&b, plain(block.text), "  ", "  ")
		case code:
			indent := strings.Repeat(" ", max(0, codeIndent(block.lines, 6)))
			for _, line := range block.lines {
				b.WriteString(strings.TrimRight(indent+line, " ") + "\n")
			}
		case list:
			for i, item := range block.items {
				mark := "  * "
				if block.numbered {
					mark = fmt.Sprintf("  %d. ", i+1)
				}
				fill(&b, plain(item), mark, strings.Repeat(" ", len(mark)))
			}
		case table:
			textTable(&b, block.rows)
		}
	}
	return b.String()
}

// textTable renders a table as a list: the first cell of a row is the term, the
// second is what it means, and further ones are named by their head.
func textTable(b *strings.Builder, rows [][]string) {
	for _, row := range rows[1:] {
		fill(b, plain(row[0]), "  ", "  ")
		for i, cell := range row[1:] {
			if cell == "" {
				continue
			}
			if i > 0 {
				cell = rows[0][i+1] + ": " + cell
			}
			fill(b, plain(cell), "      ", "      ")
		}
	}
}

// fill writes text in lines of at most width columns, the first after first and
// the others after rest.
func fill(b *strings.Builder, text, first, rest string) {
	line := first
	empty := true
	for word := range strings.FieldsSeq(text) {
		if !empty && len([]rune(line))+1+len([]rune(word)) > width {
			b.WriteString(line + "\n")
			line, empty = rest, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	b.WriteString(line + "\n")
}

package manual

import (
	"regexp"
	"slices"
	"strings"
)

// block is a part of a page: one of its fields that are not the kind is set.
type block struct {
	kind blockKind
	// level of a heading, from 1.
	level int
	// text of a heading or a paragraph, in one line.
	text string
	// lines of code, as they are.
	lines []string
	// items of a list, each in one line.
	items []string
	// numbered says that the items have numbers.
	numbered bool
	// rows of a table, the head first.
	rows [][]string
}

type blockKind int

const (
	heading blockKind = iota
	paragraph
	code
	list
	table
)

var (
	bullet = regexp.MustCompile(`^(?:[*-]|(\d+)\.) +(.*)$`)
	ruler  = regexp.MustCompile(`^\|[-| :]+\|$`)
)

// parse reads a page.
func parse(page string) []block {
	var blocks []block
	lines := strings.Split(strings.ReplaceAll(page, "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); {
		line := lines[i]
		switch {
		case strings.TrimSpace(line) == "":
			i++
		case strings.HasPrefix(line, "```"):
			b := block{kind: code}
			for i++; i < len(lines) && lines[i] != "```"; i++ {
				b.lines = append(b.lines, lines[i])
			}
			i++
			blocks = append(blocks, b)
		case strings.HasPrefix(line, "#"):
			text := strings.TrimLeft(line, "#")
			blocks = append(blocks, block{kind: heading, level: len(line) - len(text), text: strings.TrimSpace(text)})
			i++
		case strings.HasPrefix(line, "|"):
			b := block{kind: table}
			for ; i < len(lines) && strings.HasPrefix(lines[i], "|"); i++ {
				if !ruler.MatchString(lines[i]) {
					b.rows = append(b.rows, cells(lines[i]))
				}
			}
			blocks = append(blocks, b)
		case bullet.MatchString(line):
			b := block{kind: list, numbered: bullet.FindStringSubmatch(line)[1] != ""}
			for ; i < len(lines) && strings.TrimSpace(lines[i]) != ""; i++ {
				if m := bullet.FindStringSubmatch(lines[i]); m != nil {
					b.items = append(b.items, m[2])
				} else {
					b.items[len(b.items)-1] += " " + strings.TrimSpace(lines[i])
				}
			}
			blocks = append(blocks, b)
		default:
			b := block{kind: paragraph}
			for ; i < len(lines) && strings.TrimSpace(lines[i]) != "" && !strings.HasPrefix(lines[i], "```"); i++ {
				b.text += " " + strings.TrimSpace(lines[i])
			}
			b.text = b.text[1:]
			blocks = append(blocks, b)
		}
	}
	return blocks
}

// cells returns the cells of a row.
func cells(row string) []string {
	row = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(row), "|"), "|")
	all := strings.Split(row, "|")
	for i, cell := range all {
		all[i] = strings.TrimSpace(cell)
	}
	return all
}

// span is a piece of a line with one face.
type span struct {
	text string
	bold bool
}

// inline finds code, emphasis and links: "`x`", "**x**", "*x*", "[x](url)".
var inline = regexp.MustCompile("`([^`]+)`" + `|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^)]+)\)`)

// spans returns the pieces of a line. Code and emphasis are bold; of a link the
// text is kept, and its address where that is on the web.
func spans(text string) []span {
	var all []span
	for text != "" {
		m := inline.FindStringSubmatchIndex(text)
		if m == nil {
			return append(all, span{text: text})
		}
		if m[0] > 0 {
			all = append(all, span{text: text[:m[0]]})
		}
		group := func(n int) string {
			if m[2*n] < 0 {
				return ""
			}
			return text[m[2*n]:m[2*n+1]]
		}
		switch {
		case group(1) != "":
			all = append(all, span{group(1), true})
		case group(2) != "":
			// Emphasis may have code in it.
			all = append(all, span{strings.ReplaceAll(group(2), "`", ""), true})
		case group(3) != "":
			all = append(all, span{strings.ReplaceAll(group(3), "`", ""), true})
		default:
			all = append(all, span{text: strings.ReplaceAll(group(4), "`", "")})
			all = append(all, span{text: address(group(5))})
		}
		text = text[m[1]:]
	}
	return all
}

// address is what follows the text of a link: where it is on the web, or the topic.
func address(url string) string {
	if strings.HasPrefix(url, "https://") {
		return " <" + url + ">"
	}
	name, _, _ := strings.Cut(url, ".md")
	if slices.Contains(Topics(), name) {
		return " (credential-iam help " + name + ")"
	}
	return ""
}

// plain returns a line without its marks.
func plain(text string) string {
	var b strings.Builder
	for _, s := range spans(text) {
		b.WriteString(s.text)
	}
	return b.String()
}

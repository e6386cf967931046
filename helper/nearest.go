package helper

import "strings"

// Nearest returns the name that is fewest edits away from s, without regard to
// case: what a person who mistyped it meant.
func Nearest(s string, names []string) string {
	best, least := "", 1<<30
	for _, name := range names {
		if d := Edits(strings.ToLower(s), strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	return best
}

// Misspelled returns the name that s probably is a misspelling of, or "": it is no
// more than two edits away, without regard to case, and s is not one of the names.
func Misspelled(s string, names []string) string {
	name := Nearest(s, names)
	if d := Edits(strings.ToLower(s), strings.ToLower(name)); d == 0 || d > 2 {
		return ""
	}
	return name
}

// Edits returns how many letters must be added, left out, changed or swapped with the
// next one to make b of a.
func Edits(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(next[j]+1, row[j+1]+1, row[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}

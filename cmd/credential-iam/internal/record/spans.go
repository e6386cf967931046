package record

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// Span says that Len bytes at At are to be replaced by Old.
type Span struct {
	At  int    `json:"at"`
	Len int    `json:"len"`
	Old string `json:"old,omitempty"`
}

// revert carries the spans out, which are in order and apart.
func revert(now []byte, spans []Span) (before []byte, ok bool) {
	before = []byte{}
	at := 0
	for _, s := range spans {
		if s.At < at || s.Len < 0 || s.At+s.Len > len(now) || s.At+s.Len < s.At {
			return nil, false
		}
		before = append(before, now[at:s.At]...)
		before = append(before, s.Old...)
		at = s.At + s.Len
	}
	return append(before, now[at:]...), true
}

// maxDistance bounds how far apart two texts may be, in words.
const maxDistance = 4000

// compare returns the spans that turn one text into an earlier one: the fewest words
// that differ (E. W. Myers, An O(ND) Difference Algorithm, 1986), so that of the
// earlier text there is nothing but what was replaced. It fails where the two have too
// little in common, and where what was replaced is no text or has a comment.
func compare(before, now []byte) (spans []Span, ok bool) {
	a, b := words(now), words(before)
	start := 0
	for start < len(a) && start < len(b) && bytes.Equal(a[start], b[start]) {
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && bytes.Equal(a[len(a)-1-end], b[len(b)-1-end]) {
		end++
	}
	at := 0
	for _, w := range a[:start] {
		at += len(w)
	}
	edits, ok := script(a[start:len(a)-end], b[start:len(b)-end])
	if !ok {
		return nil, false
	}
	for _, e := range edits {
		if e.added && bytes.ContainsAny(e.word, "#;") {
			return nil, false // a comment on what was replaced may hold anything
		}
		if e.kept {
			at += len(e.word)
			continue
		}
		if n := len(spans); n == 0 || spans[n-1].At+spans[n-1].Len != at {
			spans = append(spans, Span{At: at})
		}
		s := &spans[len(spans)-1]
		if e.added {
			s.Old += string(e.word)
			if !utf8.Valid(e.word) {
				return nil, false
			}
			continue
		}
		s.Len += len(e.word)
		at += len(e.word)
	}
	return spans, true
}

// edit is a word that both texts have, or that one of them has.
type edit struct {
	word        []byte
	kept, added bool
}

// script returns the shortest way from a to b.
func script(a, b [][]byte) ([]edit, bool) {
	// trace[d][d+k] is how far one comes on diagonal k with d differences.
	var trace [][]int32
	v := []int32{0}
	for d := 0; ; d++ {
		if d > maxDistance {
			return nil, false
		}
		row := make([]int32, 2*d+1)
		for k := -d; k <= d; k += 2 {
			x := int32(0)
			if d > 0 {
				if down := k == -d || k != d && at(v, d-1, k-1) < at(v, d-1, k+1); down {
					x = at(v, d-1, k+1)
				} else {
					x = at(v, d-1, k-1) + 1
				}
			}
			y := x - int32(k)
			for int(x) < len(a) && int(y) < len(b) && y >= 0 && bytes.Equal(a[x], b[y]) {
				x, y = x+1, y+1
			}
			row[d+k] = x
			if int(x) == len(a) && int(y) == len(b) {
				return backwards(a, b, append(trace, row), d, k), true
			}
		}
		trace, v = append(trace, row), row
	}
}

func at(v []int32, d, k int) int32 {
	if d+k < 0 || d+k >= len(v) {
		return -1
	}
	return v[d+k]
}

// backwards follows the way from its end.
func backwards(a, b [][]byte, trace [][]int32, d, k int) []edit {
	var edits []edit
	x, y := len(a), len(b)
	for ; d > 0; d-- {
		v := trace[d-1]
		down := k == -d || k != d && at(v, d-1, k-1) < at(v, d-1, k+1)
		prev := k - 1
		if down {
			prev = k + 1
		}
		px := int(at(v, d-1, prev))
		py := px - prev
		for x > px && y > py && (down && y > py+1 || !down && x > px+1) {
			x, y = x-1, y-1
			edits = append(edits, edit{word: a[x], kept: true})
		}
		if down {
			y--
			edits = append(edits, edit{word: b[y], added: true})
		} else {
			x--
			edits = append(edits, edit{word: a[x]})
		}
		k = prev
	}
	for x > 0 {
		x--
		edits = append(edits, edit{word: a[x], kept: true})
	}
	slices.Reverse(edits)
	return edits
}

// words cuts a text into names and values, white space, and single other letters.
func words(text []byte) (all [][]byte) {
	for len(text) > 0 {
		n := 1
		for kind := kindOf(text[0]); n < len(text) && kind != other && kindOf(text[n]) == kind; {
			n++
		}
		all = append(all, text[:n])
		text = text[n:]
	}
	return all
}

const (
	other = iota
	letter
	space
)

func kindOf(c byte) int {
	switch {
	case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		return space
	case c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0x80:
		return letter
	}
	return other
}

package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Entry is what configure changed in one file.
type Entry struct {
	// Path is the name that the file was read by: a manager of dotfiles may lead it
	// elsewhere.
	Path string `json:"path"`
	// Made says that there was no file.
	Made bool `json:"made,omitempty"`
	// Sum is the SHA-256 of the text that configure left, and Spans turn that text into
	// the one that was there before. Without a sum nothing is known of it.
	Sum   string `json:"sha256,omitempty"`
	Spans []Span `json:"spans,omitempty"`
	// Mixed says that somebody else changed the file between two runs of configure, so
	// that the text before has settings of the first one in it.
	Mixed bool `json:"mixed,omitempty"`
	// Settings are what was changed. Without one, everything was taken back, and what
	// looks like configure's in the file was there before.
	Settings []Setting `json:"settings"`
}

// Setting is one setting that was changed.
type Setting struct {
	// Key is its name, from the outside in.
	Key []string `json:"key"`
	// Old is its value before, and New that which configure gave it; null means that it
	// was not set.
	Old *string `json:"old"`
	New *string `json:"new"`
}

// Set notes a change of a setting. Of several in a row the first value before and the
// last one after count, unless somebody else changed it in between.
func (e *Entry) Set(key []string, old, now *string) {
	i := slices.IndexFunc(e.Settings, func(s Setting) bool { return slices.Equal(s.Key, key) })
	if i < 0 {
		if !equal(old, now) {
			e.Settings = append(e.Settings, Setting{key, old, now})
		}
		return
	}
	s := &e.Settings[i]
	if old != nil && !equal(s.New, old) {
		s.Old = old
	}
	if s.New = now; equal(s.Old, s.New) {
		e.Settings = slices.Delete(e.Settings, i, i+1)
	}
}

// Wrote reports whether a value of a setting is the one that configure gave it.
func (e *Entry) Wrote(key []string, value *string) bool {
	return slices.ContainsFunc(e.Settings, func(s Setting) bool { return slices.Equal(s.Key, key) && equal(s.New, value) })
}

// Take removes the settings that wanted accepts and returns them.
func (e *Entry) Take(wanted func(Setting) bool) (taken []Setting) {
	e.Settings = slices.DeleteFunc(e.Settings, func(s Setting) bool {
		if wanted(s) {
			taken = append(taken, s)
			return true
		}
		return false
	})
	return taken
}

// Before returns the text that was there before configure, nil where there was none.
// ok says that it is known: the text is still the one that configure left.
func (e *Entry) Before(now []byte) (before []byte, ok bool) {
	if now == nil || e.Sum != sum(now) {
		return nil, false
	}
	before, ok = revert(now, e.Spans)
	if !ok || e.Made {
		return nil, ok
	}
	return before, true
}

// Base returns the text that is to be brought back after a change of the text now: that
// before configure where it is known, else this one, in which settings of configure may
// be already.
func (e *Entry) Base(now []byte) []byte {
	if before, ok := e.Before(now); ok {
		return before
	}
	e.Mixed = len(e.Settings) > 0
	return now
}

// Became notes that configure made a text of another one, nil where there was none.
func (e *Entry) Became(before, now []byte) {
	e.Made, e.Sum, e.Spans = before == nil, "", nil
	spans, ok := compare(before, now)
	if back, reverts := revert(now, spans); ok && reverts && bytes.Equal(back, before) {
		e.Sum, e.Spans = sum(now), spans
	}
}

func sum(text []byte) string {
	s := sha256.Sum256(text)
	return hex.EncodeToString(s[:])
}

func equal(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }

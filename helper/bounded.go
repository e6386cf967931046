package helper

// Bounded keeps the first Limit bytes that are written to it and drops the rest, so
// that a program that prints without end cannot fill the memory. It never fails.
//
// It has no method of bytes.Buffer's on purpose: io.Copy, which os/exec reads a
// program's output with, prefers ReadFrom to Write, and that one knows no limit.
type Bounded struct {
	Limit int
	kept  []byte
	cut   bool
}

// Write implements io.Writer.
func (b *Bounded) Write(p []byte) (int, error) {
	n := min(len(p), b.Limit-len(b.kept))
	b.kept = append(b.kept, p[:n]...)
	b.cut = b.cut || n < len(p)
	return len(p), nil
}

// Bytes returns what was kept.
func (b *Bounded) Bytes() []byte { return b.kept }

// String returns what was kept.
func (b *Bounded) String() string { return string(b.kept) }

// Cut reports whether something was dropped.
func (b *Bounded) Cut() bool { return b.cut }

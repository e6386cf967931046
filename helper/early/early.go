// Package early lets a program's stack grow once, while there is nothing on it.
//
// A goroutine starts with two kilobytes and doubles them, at each doubling copying what
// is there frame by frame, for which tables of the whole program are read in, and taking
// eight stacks of the new size from the system where it needs one. On the way to a cached
// token that takes a twentieth of an adapter's time. The first doubling comes while packages
// are initialised. A package that imports nothing is initialised before nearly all others
// (of those that have all they import, the first by its path is next), which main is not.
//
// It has nothing to call, and is not an API.
package early

// reserve is more than what a hit's deepest call needs.
const reserve = 12 << 10

var _ = grow()

//go:noinline
func grow() bool {
	var all [reserve]byte
	return touch(&all)
}

//go:noinline
func touch(b *[reserve]byte) bool { b[0] = 1; return true }

package adapter

// mostAbove bounds how many processes are looked at, and mostOfOne how many of them
// may be of one name: a program that passes a request on may well be run by another
// one that does, and by a source identity's, but not by itself, time and again.
const (
	mostAbove = 256
	mostOfOne = 2
)

// above counts, among the processes above this one, those with the name of this
// one. It is what is left to tell that a request goes round where the environment
// does not ("env -i"): 0 where the system does not say.
func above(look func(pid int) (name string, parent int, ok bool), self int) (same int) {
	name, pid, ok := look(self)
	for i := 0; ok && pid > 1 && i < mostAbove; i++ {
		var of string
		of, pid, ok = look(pid)
		if ok && of == name {
			same++
		}
	}
	return same
}

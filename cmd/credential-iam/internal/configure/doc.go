// Package configure makes docker and git ask us for the credentials of hosts, and
// takes that back.
//
// A [World] plans first and writes then: whatever is wrong with a host, a value,
// a file or somebody else's helper is found before the first byte is changed. One
// run of ours at a time edits the files. Docker's file is edited by package
// dockerconfig and git's by package gitconfig; both say how they keep what is not
// ours.
//
// Nothing is recorded. What undoing means follows from what stands in the files:
// the credHelpers entries with our name, the keys that [World.Configure] writes
// into our sections, and the entries of git whose helper we are.
//
// The package shows no secret: differences are made from texts in which the
// values of others are hidden.
package configure

// Package configure makes docker and git run the helpers for hosts, and undoes
// that.
//
// A [World] plans first and writes then: whatever is wrong with a host, a value,
// a file or another program's helper is found before the first byte is changed.
// One run at a time edits the files. Docker's file is edited by package
// dockerconfig and git's by package gitconfig; both say how they keep what others
// wrote.
//
// Nothing is recorded. What undoing means follows from what is in the files: the
// credHelpers entries of value "iam", the keys that [World.Configure] writes into
// the sections "iam" and "iam@HOST", and the entries of git that run
// git-credential-iam.
//
// The package shows no secret: differences are made from texts in which the
// values of others are hidden.
package configure

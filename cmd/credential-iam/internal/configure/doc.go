// Package configure makes docker, git and further tools run the helpers for hosts,
// and undoes that.
//
// A [World] plans first and writes then, all of it or nothing: whatever is wrong with a
// host, a value, a file or another program's helper is found before the first byte is
// changed, and so is a file that cannot be written (package files). One run at a time
// edits the files. Docker's file is edited by package dockerconfig, git's by package
// gitconfig, those of further tools by package toolconfig, which records nothing; each
// says how it keeps what others wrote.
//
// [World.Configure] records what it changes (package record), and [World.Unconfigure]
// goes by the record: a file that nobody else changed since is byte for byte what it
// was; in another one the settings get back what they had, those that still are what
// Configure made them. A file that the record does not know, since it came from another
// machine, is taken by its looks: the credHelpers entries of value "iam", the keys that
// Configure writes into the sections "iam" and "iam@HOST", and the entries of git that
// run git-credential-iam.
//
// The package shows no secret: differences are made from texts in which the
// values of others are hidden.
package configure

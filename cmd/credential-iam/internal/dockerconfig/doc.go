// Package dockerconfig edits docker's configuration file, and files of the same
// form that podman and skopeo read, as a careful person edits text.
//
// A [Document] is the text with its meaning. What docker decodes is what counts:
// the names of the top level match without regard to case, a name that occurs
// twice there is merged, and of two equal names further down the last one wins
// (encoding/json). An edit touches the members that it names and nothing else, in
// the indentation around them, so that removing what was added restores the bytes
// that were there before. Where no trace is left of them that is not so: a file
// without any text is removed as if there had been none, an empty object that got
// a member goes with it, and a value that was replaced stays so.
//
// The package promises not to take a text that docker itself could not read, and
// never to show a secret in one (see [Document.Redacted]). Package files reads and
// writes the file.
package dockerconfig

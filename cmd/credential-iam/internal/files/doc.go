// Package files replaces configuration files of other programs, several at once: all
// of them or none.
//
// A [File] is what was read, through symbolic links. A [Change] is the file with its
// new content, and [Apply] carries out several:
//
//	f, err := files.Read(path)
//	change := &files.Change{File: f, Content: edited}
//	err = files.Apply(ctx, change, another)
//
// Everything that can fail is done first: each new content is written beside its
// file, with the mode and the owner of the old one, and what the caller wants to
// check is checked there. Only then are the new files moved into their places, and
// where one cannot be, those before it are put back. A symbolic link stays one.
// Nothing is written where a file is not what was read ([ErrChanged]: read again and
// repeat the edit), and what was written is read back.
//
// A step of another kind, such as a tool that edits its own file, is a [Step] too.
//
// The package promises never to leave a half-written file, and to write content
// nowhere but beside the file that it is for. An error is an [Error], whose Fix is the
// command that takes the cause away.
package files

// Package record remembers what configure changed in the files of other programs, so
// that unconfigure can bring back what was there.
//
// A [Book] has an [Entry] for each file: the settings that were changed, with their
// values before and after, and what turns the text that configure left into the text
// that was there before, as spans, with the sum of the former. Where a file is still
// what configure left, byte for byte, it becomes what it was, byte for byte; where
// somebody else has changed it since, the settings are taken back one by one, those
// that still are what configure made them.
//
// It names the folders too that were made for a file or a link, and the links: an empty
// folder goes with the last file in it, and a link that no tool names any more with all.
//
// The book is one file of this user's alone,
// $XDG_STATE_HOME/credential-iam/configured.json (~/.local/state by default,
// %LocalAppData%\credential-iam on Windows), and is gone once there is nothing to take
// back. That of the files of a whole machine is beside its configuration file, for
// everybody to read as that one is.
//
// It promises to hold no secret: a file that is edited may hold passwords, so none is
// copied. All it has of the text of others are the values that configure replaced, names
// of helpers and accounts, and the white space around them.
package record

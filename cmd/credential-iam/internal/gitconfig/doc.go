// Package gitconfig edits the text of git's global configuration, and asks git what it
// makes of it.
//
// What it writes for a URL, at the end of the file, in sections of their own:
//
//	[credential "https://git.example.com/team"]
//		helper =                   # forget the helpers configured so far
//		helper = iam
//		useHttpPath = true         # where the path decides
//	[http "https://git.example.com/team"]
//		proactiveAuth = auto       # for Bearer tokens
//		postBuffer = 524288000     # for Bearer tokens
//
// The empty helper comes first because git passes a credential that worked to
// every helper of its list, and one that stores would keep the token on disk and
// replay it after its end. A server that needs an ID token often says 403 or
// redirects to a sign-in page instead of asking, so git has to call the helper
// before it is asked (git 2.46). With a Bearer token git 2.46 to 2.53 fails to
// push more than http.postBuffer and then reports success; the buffer is written
// whatever git runs today, because the configuration outlives it, and git
// reserves the memory without touching it.
//
// Of each of these settings the last entry counts, and the reset takes the place of
// every helper before it. So nothing that others wrote is changed or removed, and what
// they had configured counts again once the entries are taken out. An entry belongs to
// this product if the program that it names is git-credential-iam; a reset before it,
// and the other settings of the same URL with the values above, belong to it.
//
// [Parse] reads a text as git does, with the place of each entry, and [Text.Edit] leaves
// every other byte as it is: git's own editor gives a last line its end and cannot take
// that back. Whether git agrees is asked before (Text.Agrees) and after ([Git.Check]).
package gitconfig

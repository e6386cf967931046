// Package gitconfig edits git's global configuration, through git itself.
//
// What it writes for a URL:
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
// There is no record of what was written. An entry belongs to this product if the
// program that it names is git-credential-iam; a reset before it, and the other
// settings of the same URL with the values above, belong to it. What others wrote
// is kept. Two things are unknown afterwards: whether the last line had an end,
// which git gives it before it writes, and whether an empty file was there
// before.
package gitconfig

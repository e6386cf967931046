// Package keychain keeps generic passwords in macOS's keychains by Apple's
// security(1), whose format on disk is go-keyring's: what either wrote the other
// reads.
//
// go-keyring runs the same program without a context, so that one which waits at a
// dialog outlives its caller, and the dialog with it. Here it has the time that its
// context has: then it is killed with its process group, and it is when the caller is
// told to end. What it prints is bounded and never part of an error: it can hold a
// piece of the command, and so of a secret. A secret goes to it by standard input
// alone, never as an argument.
//
// The package knows no policy: how long, in which order and what a person should do
// is the keystore's. Nothing in it is macOS's but the program, so that all of it is
// tested wherever there are processes and signals.
package keychain

// Package identity keeps source identities in the platform's keyring instead of in
// files: it adds credential files to it, with nothing in them that is not needed,
// lists and removes them.
//
// A file is removed only after its copy has been read back, and no error shows
// anything of a credential file's content but its type. The package makes no call
// and prints nothing.
package identity

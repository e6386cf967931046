// Package config reads docker's configuration file and decides how to answer a
// request: whether a host gets credentials at all, and if so of which service
// account, by which source identity, and what kind of token.
//
// Docker rewrites that file and drops the keys it does not know, but keeps
// "plugins", a map of maps of strings. The sections "iam" and
// "iam@HOST[:PORT][/PATH]" are there. A mistake in a section is an error for the
// hosts that it concerns and for no other.
//
// The package is not an API. It writes nothing and makes no call: the command
// credential-iam edits the file.
package config

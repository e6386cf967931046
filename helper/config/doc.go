// Package config reads docker's configuration file and decides who answers a
// request: whether a host is one that credentials are for at all, and if so as
// which service account, by which source identity, with what kind of token.
//
// Docker rewrites that file and drops the keys it does not know, but keeps
// "plugins", a map of maps of strings. The sections "iam" and
// "iam@HOST[:PORT][/PATH]" live there. A mistake in a section is an error for
// the hosts that it concerns and for nobody else.
//
// The package is not an API. It writes nothing and calls nobody: who edits the
// file is the command credential-iam.
package config

// Package helper answers one credential request: it finds the token of a target
// in the keystore, or has one minted.
//
//	Request -- config.Resolve --> Target -- Cache.Get --> Token -- Present --> Credential
//	                                         | hit: keystore
//	                                         | miss: lock, look again, Minter, keystore
//
// A [Request] is what a client asked. Package config decides from docker's own
// file whether a host is one that credentials are for, and if so which [Target]
// answers for it. [Cache] keeps tokens in a keystore.Store and has a [Minter] make
// the missing ones: in an adapter that is mint.Exec, which runs the core as a
// process, and in the core it is the iam client or the host of an issuer plugin.
// [Target.Present] turns a token into what the client gets, a [Credential].
//
// The packages below are parts of the same: host (names and patterns) and wire
// (JSON without reflection) import nothing of this module; source finds the source
// identity; config reads docker's file; adapter is the frame of the programs that
// docker, git and others run. Package helper itself reads no file of a
// configuration: a target says everything.
//
// # Invariants
//
// A host that no built-in pattern and no section of the configuration names
// gets ErrNoTarget, before any file of a source identity is opened and without
// a network call. What a request says besides protocol, host and path (a user
// name in a URL, say) never selects an identity.
//
// A token is cached under a digest of everything that decided it, the source
// identity included (see [Target.Key]); a changed identity never sees another's
// token. Minters do not know the keystore of tokens, the keystore does not know
// IAM, and the adapters know neither.
//
// A keystore that fails costs time and never the credential.
//
// The package links no network client: the adapters are built on it and answer a
// hit in about a millisecond and a half. It is not an API; helper/iam and
// helper/issuer are.
package helper

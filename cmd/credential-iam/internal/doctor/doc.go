// Package doctor walks the way of a real request in small checks, and says of
// each whether it is well, and for each problem how to fix it.
//
// The order is that of a request: the programs that docker and git run, docker's
// configuration and what else docker would take before it, the source identity,
// the keystore, the locks, the API and its clock, each step of impersonation, the
// issuer plugins, one token for each identity, and git's configuration. Hosts that
// share a token are tested once. Calls run side by side and all end within
// [Budget]; what did not get its turn is skipped and says so.
//
// The package changes nothing, keeps nothing that it mints, and shows no secret.
package doctor

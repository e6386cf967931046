// Package doctor follows the path of a real request in small checks, and says of
// each whether it is well, and of what is not well how to fix it.
//
// A check is a value in the list of [Run] and a file of its own. The order is that
// of a request: the programs that docker and git run, docker's and git's
// configuration and what either uses before a helper, the source identity, the
// keystore, the locks, the issuer plugins, the API and its clock, each step of the
// impersonation and one token for each identity. Hosts that share a token are
// tested once. Calls run side by side and all end within [Budget]; what did not get
// its turn is skipped and says so. A finding is reported when it is known.
//
// The package changes nothing, keeps no token that it makes, and shows no secret.
package doctor

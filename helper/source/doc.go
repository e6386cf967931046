// Package source finds the source identity, the credential that impersonates, and
// distinguishes it from every other.
//
// A [Finder] finds it where Google's libraries and gcloud keep it, without a
// network call. What it returns names the identity and has a fingerprint of the
// principal behind it, which is part of the key of every cached token; it holds
// no secret. The core reads the identity itself again.
//
// The package is not an API.
package source

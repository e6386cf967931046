// Package metadata answers Google's client libraries as one service account, in
// the two ways that they ask without a key: as the metadata server of a virtual
// machine does (https://cloud.google.com/compute/docs/metadata/overview), and as
// the token endpoint of a federation (RFC 8693), which an external_account file
// names. A person's own login would win over the first; ID tokens come from the first
// alone.
//
// It is a http.Handler and no more: who listens, and on which connections, is
// decided elsewhere (package loopback). It keeps no token; they come from the [Tokens]
// that it is given, and an error of theirs is answered in words, without a secret.
//
// A request is refused that a browser or a proxy could have been talked into: one
// for a foreign Host, with X-Forwarded-For, without Metadata-Flavor, without the
// secret in the path where there is one, and at the token endpoint without the
// capability of this run. Nothing waits for longer than its token takes.
package metadata

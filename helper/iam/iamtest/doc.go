// Package iamtest is a stand-in for the parts of Google that credential-iam talks
// to: a test double on a loopback port, written for this project from the public
// documentation and from replies seen on the wire. It is an API for the tests of
// programs that use package iam.
//
// A Server is the IAM Credentials API, the OAuth and STS token endpoints, the
// metadata server of a machine (Google's and, for federation, Amazon's) and the
// published keys, all on one port. A Registry is an OCI registry behind
// Artifact Registry's token flow, a GitServer a git server behind the kinds of
// login that git hosts on Google have. The package's tests and the product's
// demo use it alike, so nothing here needs a testing.T.
//
// What it promises: true signatures and true checks. An access token belongs to
// one principal, has scopes and an end; a chain of delegation is walked grant by
// grant; whatever does not hold is refused with the error that Google sends.
// Faults are explicit (Fail) and every call is recorded (Log).
//
// What it promises not to do: listen on anything but loopback, read the
// environment, or call another host.
package iamtest

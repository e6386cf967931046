// Package conformance holds the client of this repository (helper/iam) against
// Google's own, cloud.google.com/go/iam/credentials/apiv1 over REST, parameter by
// parameter and on one stand-in for Google (helper/iam/iamtest): what is on the wire,
// what comes back, how often a call is tried, and what error there is. The client that
// is generated from the discovery document (google.golang.org/api/iamcredentials/v1)
// is held beside it for what is on the wire.
//
// Each difference is a row with its reason. The module is one of its own, so that the
// product's go.mod does not name Google's client. The package is not an API.
package conformance

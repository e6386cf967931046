// Package soak runs the real programs for a while on a bad day: many docker and
// git clients at once, for several identities, on tokens that live for seconds,
// while the servers fail at random, go away and come back on the same port, and
// programs are killed. It holds nothing but tests.
//
// At the end no client got a token of another identity, or one that had expired;
// nobody who was left in peace went without one; the API was called no more
// often than lifetimes and accidents imply; and nothing secret is on a disk.
//
// "go test ./cmd/internal/e2e/soak" takes some seconds; -soak 5m makes it as long as you like.
package soak

// Package wire reads and writes JSON without reflection.
//
// Docker's file, a credential file and the messages between our programs are
// small objects whose names are known. To decode them into structs takes
// encoding/json a tenth of an adapter's run, and its decoder is a tenth of an
// adapter's size. encoding/json still has the say on what is JSON, and fuzz
// tests hold what is read here beside what it reads.
//
// The package is not an API, imports nothing of this module, and never names a
// value in an error: it may be a secret.
package wire

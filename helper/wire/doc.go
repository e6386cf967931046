// Package wire reads and writes JSON without reflection.
//
// Docker's file, a credential file and the messages between the programs are
// small objects whose names are known. To decode them into structs takes
// encoding/json a tenth of an adapter's run, and its decoder is a tenth of an
// adapter's size. encoding/json still decides what is JSON, and fuzz tests
// compare what is read here with what it reads.
//
// The package is not an API, imports nothing of this module, and never names a
// value in an error: it may be a secret.
package wire

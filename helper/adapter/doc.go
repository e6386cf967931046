// Package adapter is the frame of every program that docker, git or another client
// runs for a credential: its main function, and the way from a request to a token,
// by the configuration, the keystore and, for what is missing, the core.
//
//	func main() { os.Exit(adapter.Run(program, adapter.Process{...})) }
//
// [Run] answers one command line. What a protocol says on standard output is
// collected and written at the end, all or nothing; a failure is one line on
// standard error, and an answer that could not be written is a failure too. A
// protocol is left with three things: to read, to ask for a token, to print.
//
// The package is not an API. It knows no protocol and links no network client.
package adapter

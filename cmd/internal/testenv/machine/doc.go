// Package machine is one person's machine for tests that run the real programs:
// a home folder, docker's configuration, a source identity, and a stand-in for
// Google behind it.
//
// Where the test runs as root, each machine has an unprivileged user id of its
// own, and so a kernel keyring and a quota that nobody else uses, and folders
// that it really cannot write. Elsewhere the programs run as the caller, and the
// kernel keyring is left alone.
//
// A machine ends with its test and leaves nothing: no process, file, lock or
// key. It judges nothing; what a program may do is for the test to say. Linux
// only.
package machine

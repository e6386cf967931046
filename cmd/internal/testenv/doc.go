// Package testenv is a person's machine on which the real programs run, for the
// tests, the benchmark and the demo: each part of it exists here once.
//
// A [Home] is a home folder with its environment, PATH and runtime folder, and runs
// programs in it; [Google] is the stand-in for Google in which its person may
// impersonate an account. [Docker] is docker's configuration file; git, a Go module
// and what a secret looks like have a file each. Below are a machine of its own user
// (machine), a Docker engine (engine) and what a test may count on (parts). A
// session bus and a keyring are in keystore/keystoretest/dbustest, as keystore's own
// tests need them too.
//
// What is started ends with Close, and nothing stays behind. There is no testing.TB
// here: errors are returned, and package envtest makes them a test's failures.
package testenv

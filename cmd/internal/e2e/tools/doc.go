// Package tools tests the programs with the real tools beyond docker and git that ask
// for a credential: kubectl, helm, kubelet's own code, pip, twine, npm, pnpm, curl,
// cargo and Terraform. It holds nothing but tests.
//
// Each test has a home folder, a stand-in for Google and the servers that a tool works
// with, all on loopback (package services). A proxy leads the servers' names there, so
// that a tool is configured with the hosts that a person would write, and finds the
// programs by the names that docs/clients.md says.
//
// A tool that this machine does not have is skipped, or is a failure where everything
// must be there (see the package parts).
package tools

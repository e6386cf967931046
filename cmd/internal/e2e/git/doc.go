// Package git tests git-credential-iam with real gits, old and new, as
// they treat Bearer tokens, redirects, forged URLs and neighbouring helpers
// differently: the machine's own, and those that .ci/newer-git unpacks. It holds
// nothing but tests; cmd/internal/e2e/clients has those where any git will do.
//
// Each test has a home folder, a stand-in for Google and git servers of its own.
// Git goes through a proxy on loopback that leads every host name to one of
// these servers, over TLS with a certificate for that name: so the real names of
// Google's hosts, and of those that look like them, are tested as they are. No
// packet leaves the machine.
package git

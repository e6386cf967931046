// Package faraway makes a network whose servers are a round trip away.
//
// It is a network and mount namespace of its own with one network device. Each packet
// that the kernel sends to it is handed to a process, which keeps it for half the round
// trip, exchanges its two addresses and gives it back: it then goes to the same port of
// this machine, as if the server that the client called were here. The checksums stay
// right, and name lookups apart every round trip is there that a real network has: TCP's
// handshake, TLS's, the request's, the growing of the window. (netem would do the same,
// and is in few kernels.)
//
// Names are in the namespace's own /etc/hosts, as near name servers would know them.
// It takes Linux and root; nothing of it is seen outside the namespace, which ends with
// this process.
package faraway

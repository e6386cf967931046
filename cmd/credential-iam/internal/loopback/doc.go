// Package loopback serves HTTP to the processes of one user.
//
// Every user of a machine reaches a port on loopback. So the owner of the other end
// of a connection is asked for, from the kernel, before a byte of it is read, and one
// of another user is answered 403 by what knows no token ([Guard]). The answer is about
// the very socket at the other end, which exists for as long as anybody can read from
// it: one that is closed, has no owner left, or cannot be found is a stranger's. Root is
// a stranger to a user, as users are to root.
//
// Where the kernel does not tell ([Knows]), the caller must have something that only
// the user can know, a secret in the path.
//
// A connection carries one request, their number is bounded, and each step has its
// time: nobody keeps others out by holding connections open.
package loopback

// Package session makes the programs that "credential-iam exec" and "serve" are for
// one service account: a server on loopback, the credential file that names it, a
// configuration folder for gcloud, and the environment in which they are found.
//
// Two things are needed. A credential file of type external_account wins over
// everything in every library, also over the person's own login; but it gives access
// tokens alone, and gcloud takes none. So there is a metadata server too.
//
// No token and no key is in the environment, in an argument or in a file. The
// credential file names a subject token, which lies beside it on a memory file system:
// it is good for this server, for as long as it runs, and for this user.
//
// A [Session] is made by one process and may be served by another: its [Plan] goes
// through a pipe.
package session

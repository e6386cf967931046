// Package run runs a command beside the server of a session.
//
// On Unix this process becomes the command, by execve(2), so that nothing is between it
// and whoever started us: its exit status, its signals, its terminal and its job
// control, its streams and open files are those of the command, and it has no child that
// it does not know. The server is a process of its own, no child of the command either.
// It has a session of its own, holds none of the caller's descriptors, and ends with the
// command, however that ends: the kernel tells it, by a descriptor that this process
// opened on itself.
//
// On Windows, where a process cannot become another program, the command is a child and
// the server is here.
package run

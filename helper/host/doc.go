// Package host reads what a client calls a host, and says which hosts are
// Google's.
//
// A [Host] is a host name or address and a port in comparable form. A [Pattern]
// is what a section of the configuration is named after: a host whose labels may
// be "*", and a path. Both compare whole names, label by label; a look-alike
// such as "gcr.io.example.com" is another host.
//
// The package is not an API. It reads text alone: no name is ever looked up, and
// it imports nothing of this module.
package host

// Package docs tests what the documentation says: links lead somewhere, the
// files and tests that are named exist, the examples of the configuration are
// accepted, and the commands take the flags that are shown.
//
// It is not an API; it holds tests alone.
package docs

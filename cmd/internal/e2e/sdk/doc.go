// Package sdk holds the tests of "credential-iam exec" and "serve": the real libraries
// of Google's inside, with a person's own login beside them, and what can go wrong while
// a command runs. The package has no code but its tests.
package sdk

// Package doctor breaks a person's machine in every way that credential-iam doctor
// knows, has doctor find it, runs the fix that it prints, as it is printed, and wants
// the check to turn ok. Where git or docker then do something else, they do it here.
//
// A fix that opens an editor is given one that types what the finding says.
package doctor

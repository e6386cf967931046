// Package windows runs the programs that are built for Windows, under Wine: docker's and
// git's helper with the line ends of Windows, many at once, in the Credential Manager,
// from folders with blanks and letters beyond ASCII. Tests of packages that have code of
// their own for Windows run there too.
//
// git is built from source for that (.ci/wine-git), with a shell written in Go. There is
// no docker for Windows here, so what only that decides is not tested; and Wine is not
// Windows: it keeps of an access list no more than a mode.
package windows

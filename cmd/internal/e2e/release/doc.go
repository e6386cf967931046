// Package release tests what "make snapshot" makes, as a machine without Go meets
// it: the archive with install.sh, the packages, the image, sums and signature, and
// that two builds are equal byte for byte.
//
// One snapshot of this machine's target alone is made for all tests. The empty
// machine is a root folder with busybox and nothing else: no Go, no git, no libc.
package release

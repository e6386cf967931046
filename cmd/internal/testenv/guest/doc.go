// Package guest runs a Linux of its own, whose clock can be set and which can be
// suspended: a test must not do that to the machine that it runs on.
//
// The processor is emulated (QEMU), the kernel is Debian's, and the root is in memory:
// busybox, and the files that the test gives. Its network reaches this machine's
// loopback addresses, where servers listen that do not stand still with it. What is run
// there goes over a virtio port, as a shell script. It takes Linux on x86_64 and what
// .ci/guest has put into .tools/guest; nothing is left of it when it is closed.
package guest

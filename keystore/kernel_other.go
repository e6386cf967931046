//go:build !linux

package keystore

// kernelFirst says that "auto" prefers the kernel's keyring.
const kernelFirst = false

func openKernel(Options, bool) (Choice, error) {
	return Choice{}, unavailable("only Linux has a kernel keyring")
}

func allKernel(Options) []Store { return nil }

//go:build !linux

package keystore

func openTmpfs(Options) (Store, error) {
	return nil, unavailable("tmpfs is for Linux only")
}

func allTmpfs(Options) []Store { return nil }

//go:build !linux

package keystore

func openTmpfs(Options) (Store, error) {
	return nil, unavailable("tmpfs is for Linux only")
}

func allTmpfs(Options) []Store { return nil }

func memoryDir(func(string) string) (string, error) {
	return "", unavailable("this system has no memory file system for files")
}

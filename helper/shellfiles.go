package helper

import "strings"

// ListCommand is the command that shows what is at a path.
func ListCommand(path string) string { return yours().list("ls -l ", path) }

// ListFolderCommand is the command that shows whose a folder is.
func ListFolderCommand(path string) string { return yours().list("ls -ld ", path) }

func (sh shell) list(posix, path string) string {
	if sh.windows {
		return "icacls " + sh.word(path)
	}
	return posix + sh.word(path)
}

// FolderCommand is the command that makes a folder.
func FolderCommand(path string) string { return yours().folder(path) }

func (sh shell) folder(path string) string {
	if sh.windows {
		return "mkdir " + sh.word(path)
	}
	return "mkdir -p " + sh.word(path)
}

// RemoveCommand is the command that removes a file.
func RemoveCommand(path string) string { return yours().remove(path) }

func (sh shell) remove(path string) string {
	if sh.windows {
		return "del " + sh.word(path)
	}
	return "rm " + sh.word(path)
}

// MoveCommand is the command that renames a file.
func MoveCommand(from, to string) string { return yours().move(from, to) }

func (sh shell) move(from, to string) string {
	if sh.windows {
		return "move " + sh.word(from) + " " + sh.word(to)
	}
	return "mv " + sh.word(from) + " " + sh.word(to)
}

// CopyCommand is the command that copies a file.
func CopyCommand(from, to string) string { return yours().copy(from, to) }

func (sh shell) copy(from, to string) string {
	if sh.windows {
		return "copy " + sh.word(from) + " " + sh.word(to)
	}
	return "cp " + sh.word(from) + " " + sh.word(to)
}

// AllowCommand is the command by which the owner of a path takes a right to it, in
// chmod's words, such as "u+r". On Windows the path has again what its folder gives.
func AllowCommand(right, path string) string { return yours().allow(right, path) }

func (sh shell) allow(right, path string) string {
	if sh.windows {
		return "icacls " + sh.word(path) + " /reset"
	}
	return "chmod " + right + " " + sh.word(path)
}

// ReplaceableCommand is the command that lets a file of this person's be replaced which
// is not, though its folder can be written: one that is marked so.
func ReplaceableCommand(path string) string { return yours().replaceable(path) }

func (sh shell) replaceable(path string) string {
	if sh.windows {
		return "attrib -r " + sh.word(path)
	}
	return "sudo chattr -i " + sh.word(path)
}

// FindCommand is the command that shows where a program is on the PATH.
func FindCommand(name string) string { return yours().find(name) }

func (sh shell) find(name string) string {
	if sh.windows {
		return "where.exe " + sh.word(name) // PowerShell has another "where"
	}
	return "command -v " + sh.word(name)
}

// FetchCommand is the command that shows how a URL answers: with curl's options.
func FetchCommand(options, url string) string { return yours().fetch(options, url) }

func (sh shell) fetch(options, url string) string {
	if sh.windows {
		return "curl.exe " + options + " " + sh.word(url) // PowerShell has another "curl"
	}
	return "curl " + options + " " + sh.word(url)
}

// InstallCommand is the command that puts a program into a folder that need not be there.
func InstallCommand(program, path string) string { return yours().install(program, path) }

func (sh shell) install(program, path string) string {
	put := "install -m 0755 " + sh.word(program) + " " + sh.word(path)
	if sh.windows {
		put = sh.copy(program, path)
	}
	return sh.then([]string{sh.folder(sh.parent(path)), put})
}

// parent is the folder of a full path.
func (sh shell) parent(path string) string {
	separators := "/"
	if sh.windows {
		separators = `/\`
	}
	return path[:max(strings.LastIndexAny(path, separators), 0)]
}

// SumCommand is the command that shows the SHA-256 of a file.
func SumCommand(path string) string { return yours().sum(path) }

func (sh shell) sum(path string) string {
	switch {
	case sh.windows:
		return "certutil -hashfile " + sh.word(path) + " SHA256"
	case sh.mac:
		return "shasum -a 256 " + sh.word(path)
	}
	return "sha256sum " + sh.word(path)
}

// AddressesCommand is the command that shows which addresses this machine has.
func AddressesCommand() string { return yours().addresses() }

func (sh shell) addresses() string {
	switch {
	case sh.windows:
		return "ipconfig"
	case sh.mac:
		return "ifconfig"
	}
	return "ip address"
}

// KindCommand is the command that shows what is in a file.
func KindCommand(path string) string { return yours().kind(path) }

func (sh shell) kind(path string) string {
	if sh.windows {
		return "dir " + sh.word(path) // which shows an empty one
	}
	return "file " + sh.word(path)
}

// BeginCommand is the command that shows the first line of a file.
func BeginCommand(path string) string { return yours().begin(path) }

func (sh shell) begin(path string) string {
	if sh.windows {
		return "more " + sh.word(path)
	}
	return "head -n 1 " + sh.word(path)
}

package gitconfig

import (
	"os"
	"runtime"
	"strings"
)

// homes is what decides where git has its home.
type homes struct {
	windows bool
	getenv  func(string) string
	folder  func(path string) bool
}

func homesOf(getenv func(string) string) homes {
	return homes{windows: runtime.GOOS == "windows", getenv: getenv, folder: func(path string) bool {
		st, err := os.Stat(path)
		return err == nil && st.IsDir()
	}}
}

// home returns git's home folder, where other programs have home for theirs. Git for
// Windows takes HOME, which other programs there do not know, then
// HOMEDRIVE+HOMEPATH where they lead to a folder that is not the system's, then
// USERPROFILE (setup_windows_environment in git's compat/mingw.c).
func (p homes) home(home string) string {
	if !p.windows {
		return home
	}
	if dir := p.getenv("HOME"); dir != "" {
		return dir
	}
	if drive, path := p.getenv("HOMEDRIVE"), p.getenv("HOMEPATH"); drive != "" && path != "" {
		if dir := drive + path; p.folder(dir) && !strings.EqualFold(strings.TrimRight(dir, `\/`), p.getenv("SystemRoot")+`\system32`) {
			return dir
		}
	}
	if dir := p.getenv("USERPROFILE"); dir != "" {
		return dir
	}
	return home
}

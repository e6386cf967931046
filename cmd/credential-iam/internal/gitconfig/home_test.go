package gitconfig

import "testing"

// TestHome follows Git for Windows' order, in which the home is often another than
// that of the programs around it.
func TestHome(t *testing.T) {
	const others = `C:\Users\ann`
	folder := func(path string) bool { return path == `H:\` || path == `C:\Windows\System32` }
	for _, c := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"HOME", map[string]string{"HOME": `D:\git`, "HOMEDRIVE": "H:", "HOMEPATH": `\`, "USERPROFILE": others}, `D:\git`},
		{"a network share", map[string]string{"HOMEDRIVE": "H:", "HOMEPATH": `\`, "USERPROFILE": others}, `H:\`},
		{"a share that is not connected", map[string]string{"HOMEDRIVE": "Z:", "HOMEPATH": `\`, "USERPROFILE": others}, others},
		{"a drive alone", map[string]string{"HOMEDRIVE": "H:", "USERPROFILE": others}, others},
		{"the system's folder", map[string]string{"HOMEDRIVE": "C:", "HOMEPATH": `\Windows\System32`, "SystemRoot": `C:\WINDOWS`, "USERPROFILE": others}, others},
		{"a profile alone", map[string]string{"USERPROFILE": others}, others},
		{"nothing", nil, `C:\known`},
	} {
		getenv := func(name string) string { return c.env[name] }
		if got := (homes{windows: true, getenv: getenv, folder: folder}).home(`C:\known`); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	elsewhere := homes{getenv: func(string) string { return `D:\git` }, folder: folder}
	if got := elsewhere.home("/home/ann"); got != "/home/ann" {
		t.Errorf("not on Windows: %q", got)
	}
}

package helper

import "testing"

// TestShells has the same fixes for a POSIX shell and for those of Windows.
func TestShells(t *testing.T) {
	posix, windows := shell{}, shell{windows: true}
	for _, c := range [][2]string{
		{posix.word("/a b"), `'/a b'`},
		{windows.word(`C:\Program Files\iam`), `"C:\Program Files\iam"`},
		{windows.word(`C:\iam\a.exe`), `C:\iam\a.exe`},
		{windows.word(`C:\Users\André`), `"C:\Users\André"`},
		{windows.word("https://x/?a=1&b=2"), `"https://x/?a=1&b=2"`},
		{windows.word("a$(b)'c"), `'a$(b)''c'`},
		{windows.word(""), `""`},
		{posix.edit("/a"), "${EDITOR:-vi} /a"},
		{windows.edit(`C:\a b`), `notepad "C:\a b"`}, {windows.edit(`C:\$(calc)`), `notepad 'C:\$(calc)'`},
		{posix.set("A", "b c"), "export A='b c'"},
		{windows.set("A", "it's"), "$env:A = 'it''s' (in cmd: set \"A=it's\")"},
		{posix.add("N", "h"), `export N="${N:+$N,}h"`},
		{windows.add("N", "h"), `$env:N += ',h' (in cmd: set "N=%N%,h")`},
		{posix.unset([]string{"A", "B"}), "unset A B"},
		{windows.unset([]string{"A", "B"}), "Remove-Item Env:A,Env:B (in cmd: set A=&set B=)"},
		{posix.path("/a b"), "export PATH='/a b':$PATH"},
		{windows.path(`C:\a b`), `$env:PATH = 'C:\a b;' + $env:PATH (in cmd: set "PATH=C:\a b;%PATH%")`},
		{posix.list("ls -l ", "/a"), "ls -l /a"},
		{windows.list("ls -l ", `C:\a`), `icacls C:\a`},
		{posix.remove("/a"), "rm /a"},
		{windows.remove(`C:\a`), `del C:\a`},
		{posix.move("/a", "/b"), "mv /a /b"},
		{windows.move(`C:\a`, `C:\b`), `move C:\a C:\b`},
		{windows.set("A", "‘x’;y"), "$env:A = '‘‘x’’;y' (in cmd: set \"A=‘x’;y\")"},
		{posix.with("A", "b", "c"), "A=b c"},
		{windows.with("A", "b", "c"), `$env:A = 'b' (in cmd: set "A=b"), then: c`},
		{posix.scriptSet("A", "b c"), "export A='b c'"},
		{windows.scriptSet("A", "it's"), "$env:A = 'it''s'"},
		{posix.scriptUnset("A"), "unset A"},
		{windows.scriptUnset("A"), "Remove-Item Env:A"},
		{posix.asAdmin("a b"), "sudo a b"},
		{windows.asAdmin("a b"), "a b"},
		{posix.allow("u+r", "/a b"), "chmod u+r '/a b'"},
		{windows.allow("u+r", `C:\a b`), `icacls "C:\a b" /reset`},
		{posix.replaceable("/a"), "sudo chattr -i /a"},
		{windows.replaceable(`C:\a`), `attrib -r C:\a`},
		{posix.find("a"), "command -v a"},
		{windows.find("a b"), `where.exe "a b"`},
		{posix.fetch("-sSI", "https://x/"), "curl -sSI https://x/"},
		{windows.fetch("-sSI", "https://x/"), "curl.exe -sSI https://x/"},
		{posix.names("AWS_"), "env | cut -d= -f1 | grep ^AWS_"},
		{windows.names("AWS_"), "(Get-ChildItem Env:AWS_*).Name (in cmd: set AWS_)"},
		{posix.proxies("aws_"), "env | grep -i -e ^aws_ -e _proxy="},
		{windows.proxies("aws_"), "Get-ChildItem Env:aws_*,Env:*_proxy (in cmd: set)"},
		{posix.copy("/a", "/b"), "cp /a /b"},
		{windows.copy(`C:\a`, `C:\b`), `copy C:\a C:\b`},
		{posix.then([]string{"a", "b"}), "a && b"},
		{windows.then([]string{"a", "b"}), "a, then: b"},
	} {
		if c[0] != c[1] {
			t.Errorf("got %s, want %s", c[0], c[1])
		}
	}
}

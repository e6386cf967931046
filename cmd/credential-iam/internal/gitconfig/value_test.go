package gitconfig

import "testing"

// TestProgram reads back the paths that people write, and those of Windows.
func TestProgram(t *testing.T) {
	for value, want := range map[string]string{
		"iam": "", "/usr/local/bin/git-credential-iam": "/usr/local/bin/git-credential-iam",
		`/opt/a\ b/git-credential-iam --ephemeral`:                      "/opt/a b/git-credential-iam",
		`C:/Program\ Files/iam/git-credential-iam.exe`:                  "C:/Program Files/iam/git-credential-iam.exe",
		`C:/Program\ Files\ \(x86\)/git-credential-iam.exe --ephemeral`: "C:/Program Files (x86)/git-credential-iam.exe",
		`C:/Users/André/git-credential-iam.exe`:                         "C:/Users/André/git-credential-iam.exe",
		`"C:/Program Files/iam/git-credential-iam.exe"`:                 "C:/Program Files/iam/git-credential-iam.exe",
		`!"C:\iam\git-credential-iam.exe"`:                              `C:\iam\git-credential-iam.exe`,
	} {
		if got := Program(value); got != want {
			t.Errorf("Program(%q) = %q, want %q", value, got, want)
		}
	}
}

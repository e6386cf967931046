package trust

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
)

// TestWindows gives everybody the right to change a program, its folder, and the folder
// above: whoever could change what is started is kept out. A right that is only for what
// is made below a folder is none, and so is one to read. (What each right of its own
// means is TestAccessLists'; Wine keeps no more of a list than a mode.)
func TestWindows(t *testing.T) {
	for _, c := range []struct {
		name, at string
		mask     windows.ACCESS_MASK
		inherit  uint32
		trusted  bool
	}{
		{"nothing", "", 0, 0, true},
		{"readable", "program.exe", windows.GENERIC_READ | windows.GENERIC_EXECUTE, 0, true},
		{"everybody's", "program.exe", windows.GENERIC_ALL, 0, false},
		{"everybody's folder", ".", windows.GENERIC_ALL, 0, false},
		{"everybody's folder above", "..", windows.GENERIC_ALL, 0, false},
		{"what is made in its folder", ".", windows.GENERIC_ALL, windows.INHERIT_ONLY_ACE | windows.OBJECT_INHERIT_ACE, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "a folder")
			program := filepath.Join(dir, "program.exe")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(program, nil, 0o700); err != nil {
				t.Fatal(err)
			}
			if c.at != "" {
				allow(t, filepath.Join(dir, c.at), c.mask, c.inherit)
			}
			_, _, e := Program(program)
			if (e == nil) != c.trusted {
				t.Errorf("got %v", e)
			}
			if e != nil && (!strings.Contains(e.Reason, everyone) || !strings.Contains(e.Hint, "/remove:g *"+everyone)) {
				t.Errorf("%q, fix: %s", e.Reason, e.Hint)
			}
			if _, _, e := File(program, Admin); e == nil {
				t.Error("the user's own file passes for the machine's")
			}
		})
	}
}

// allow lets everybody do something, and the user everything.
func allow(t *testing.T, path string, mask windows.ACCESS_MASK, inherit uint32) {
	t.Helper()
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		t.Fatal(err)
	}
	all, err := windows.CreateWellKnownSid(windows.WinWorldSid)
	if err != nil {
		t.Fatal(err)
	}
	entry := func(sid *windows.SID, mask windows.ACCESS_MASK, inherit uint32) windows.EXPLICIT_ACCESS {
		return windows.EXPLICIT_ACCESS{
			AccessPermissions: mask, AccessMode: windows.GRANT_ACCESS, Inheritance: inherit,
			Trustee: windows.TRUSTEE{TrusteeForm: windows.TRUSTEE_IS_SID, TrusteeValue: windows.TrusteeValueFromSID(sid)},
		}
	}
	acl, err := windows.ACLFromEntries([]windows.EXPLICIT_ACCESS{entry(user.User.Sid, windows.GENERIC_ALL, 0), entry(all, mask, inherit)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, acl, nil)
	if err != nil {
		t.Fatal(err)
	}
}

package trust

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/credential-iam/credential-iam/helper"
)

func executable(st os.FileInfo) bool { return strings.HasSuffix(strings.ToLower(st.Name()), ".exe") }

func notExecutable(path string) *Error {
	return refuse(helper.ListCommand(path), "it is not a program (.exe)")
}

// Private is false: what asks for it goes another way here.
func Private(string) bool { return false }

// checkFile checks a file's owner and access list.
func checkFile(path string, _ os.FileInfo, who Who) *Error {
	return check(path, "", who, changesFile)
}

// checkFolder checks a file's own folder, and those above it as far as they let others
// replace it.
func checkFolder(dir string, who Who, program bool) *Error {
	rights := uint32(changesFolder)
	if program {
		rights = plants
	}
	for {
		if e := check(dir, "its folder "+dir, who, rights); e != nil {
			return e
		}
		up := filepath.Dir(dir)
		if up == dir {
			return nil
		}
		dir, rights = up, changesFolder
	}
}

// check checks what is at a path, which the error calls by name.
func check(path, name string, who Who, rights uint32) *Error {
	it, what := "it", "it"
	if name != "" {
		it, what = name, name
	}
	list, err := read(path)
	if err != nil {
		return refuse(accessCommand(path), "who can change %s cannot be read: %v", what, err)
	}
	mine := ""
	if who == Ours {
		mine = ownSID()
	}
	switch owner, other := list.judge(mine, rights); {
	case owner != "" && who == Admin:
		return refuse(ownerCommand(path), "%s belongs to somebody else than the administrators: %s", it, named(owner))
	case owner != "":
		return refuse(ownerCommand(path), "%s belongs neither to you nor to the administrators: %s", it, named(owner))
	case other != "":
		return refuse(accessCommand(path)+" /inheritance:d /remove:g *"+other, "others can change %s: %s", what, named(other))
	}
	return nil
}

// accessCommand shows who may do what with a file, in each of Windows' shells.
func accessCommand(path string) string { return "icacls " + helper.ShellWord(path) }

// ownerCommand shows whose a file is.
func ownerCommand(path string) string { return "cmd /c dir /a /q " + helper.ShellWord(path) }

// ownSID returns the SID of the user, "" where it is not known.
func ownSID() string {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return ""
	}
	return user.User.Sid.String()
}

// read reads the access list of a file.
func read(path string) (accessList, error) {
	var a accessList
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return a, err
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return a, err
	}
	if owner != nil {
		a.owner = owner.String()
	}
	list, _, err := sd.DACL()
	if errors.Is(err, windows.ERROR_OBJECT_NOT_FOUND) || err == nil && list == nil {
		a.open = true
		return a, nil
	}
	if err != nil {
		return a, err
	}
	for i := range uint32(list.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(list, i, &ace); err != nil {
			return a, err
		}
		if allows(ace.Header) {
			a.allowed = append(a.allowed, access{sidOf(ace).String(), uint32(ace.Mask)})
		}
	}
	return a, nil
}

// allows reports whether an entry allows something here: one that is only for what is
// made below does not. One with a condition is taken as if it was met. What is denied
// is not looked at: it takes from what is allowed.
func allows(h windows.ACE_HEADER) bool {
	const conditional = 0x9 // ACCESS_ALLOWED_CALLBACK_ACE_TYPE, of the same form
	return (h.AceType == windows.ACCESS_ALLOWED_ACE_TYPE || h.AceType == conditional) && h.AceFlags&windows.INHERIT_ONLY_ACE == 0
}

// sidOf returns whom an entry is for, which stands at its end.
func sidOf(ace *windows.ACCESS_ALLOWED_ACE) *windows.SID {
	return (*windows.SID)(unsafe.Pointer(&ace.SidStart))
}

// named is a SID with the name that people know it by.
func named(sid string) string {
	for _, known := range [][2]string{
		{everyone, "Everyone"}, {"S-1-5-11", "Authenticated Users"}, {"S-1-5-32-545", "Users"}, {"S-1-5-32-546", "Guests"},
		{"S-1-5-4", "INTERACTIVE"}, {"S-1-5-7", "ANONYMOUS LOGON"}, {"S-1-5-32-547", "Power Users"},
	} {
		if sid == known[0] {
			return known[1] + " (" + sid + ")"
		}
	}
	return sid
}

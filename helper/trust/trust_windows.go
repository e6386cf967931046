package trust

import (
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

// modesCount is false: Go derives the bits from the read-only attribute.
const modesCount = false

func executable(st os.FileInfo) bool { return strings.HasSuffix(strings.ToLower(st.Name()), ".exe") }

// owned reports whether a file belongs to the administrators or the system, and
// only they have the right to write it. For what is the user's own, a pin
// (issuer.sha256) is the means.
func owned(path string, _ os.FileInfo, who Who) bool {
	if who != Admin {
		return true
	}
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return false
	}
	owner, _, err := sd.Owner()
	if err != nil || !administrative(owner) {
		return false
	}
	acl, _, err := sd.DACL()
	return err == nil && acl != nil && onlyAdministratorsWrite(acl)
}

// onlyAdministratorsWrite reports whether no entry of a list lets others write.
func onlyAdministratorsWrite(acl *windows.ACL) bool {
	const write = windows.FILE_WRITE_DATA | windows.FILE_APPEND_DATA | windows.DELETE | windows.WRITE_DAC | windows.WRITE_OWNER |
		windows.GENERIC_WRITE | windows.GENERIC_ALL
	for i := range uint32(acl.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if windows.GetAce(acl, i, &ace) != nil {
			return false
		}
		if ace.Header.AceType == windows.ACCESS_ALLOWED_ACE_TYPE && ace.Mask&write != 0 && !administrative(sidOf(ace)) {
			return false
		}
	}
	return true
}

// sidOf returns whom an entry is for, which stands at its end.
func sidOf(ace *windows.ACCESS_ALLOWED_ACE) *windows.SID {
	return (*windows.SID)(unsafe.Pointer(&ace.SidStart))
}

// administrative reports whether a SID is of the administrators, the system or the
// installer of Windows.
func administrative(sid *windows.SID) bool {
	return sid != nil && (sid.IsWellKnown(windows.WinBuiltinAdministratorsSid) || sid.IsWellKnown(windows.WinLocalSystemSid) ||
		sid.String() == trustedInstaller)
}

// trustedInstaller owns the files of Windows itself.
const trustedInstaller = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"

func adminGroup(os.FileInfo) bool { return false }

func ownGroup(os.FileInfo) bool { return true }

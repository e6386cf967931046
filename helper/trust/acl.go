package trust

import (
	"cmp"
	"slices"
	"strings"
)

// accessList is who may do what with a file or a folder of Windows.
type accessList struct {
	owner   string
	allowed []access
	// open says that there is no list at all: then everybody may do everything.
	open bool
}

// access is what somebody is allowed, by the rights of winnt.h.
type access struct {
	sid  string
	mask uint32
}

// The rights that let somebody change a thing, and a program or a file in a folder. A
// right on a folder that only adds to it replaces nothing; but what is added beside a
// program is loaded with it, a library say.
const (
	rightAdd         = 0x2  // FILE_WRITE_DATA, of a folder FILE_ADD_FILE
	rightAppend      = 0x4  // FILE_APPEND_DATA
	rightDeleteChild = 0x40 // FILE_DELETE_CHILD
	// DELETE, WRITE_DAC, WRITE_OWNER, GENERIC_ALL, GENERIC_WRITE
	rightReplace = 0x10000 | 0x40000 | 0x80000 | 0x10000000 | 0x40000000

	changesFile   = rightAdd | rightAppend | rightReplace
	changesFolder = rightDeleteChild | rightReplace
	plants        = changesFolder | rightAdd
)

// judge says who may do one of these things, or own the thing, and is not trusted; ""
// where nobody is. mine is the user's own SID, "" where only administrators count.
func (a accessList) judge(mine string, rights uint32) (owner, other string) {
	trusted := func(sid string) bool { return administrative(sid) || sid == mine && mine != "" }
	if !trusted(a.owner) {
		return cmp.Or(a.owner, nobody), ""
	}
	if a.open {
		return "", everyone
	}
	for _, e := range a.allowed {
		// The rights of "the owner" are those of who was just found to be trusted.
		if e.mask&rights != 0 && !trusted(e.sid) && e.sid != "S-1-3-4" {
			return "", e.sid
		}
	}
	return "", ""
}

// everyone is the SID of everybody, and nobody that of none.
const (
	everyone = "S-1-1-0"
	nobody   = "S-1-0-0"
)

// administrative reports whether a SID is of those who can change everything anyway: the
// system, the administrators, the installer of Windows' own files, and the
// administrators of a domain and of a forest.
func administrative(sid string) bool {
	return slices.Contains([]string{
		"S-1-5-18", "S-1-5-32-544", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
	}, sid) || strings.HasPrefix(sid, "S-1-5-21-") && (strings.HasSuffix(sid, "-512") || strings.HasSuffix(sid, "-519"))
}

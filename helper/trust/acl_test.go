package trust

import "testing"

const (
	ann       = "S-1-5-21-1-2-3-1001"
	bob       = "S-1-5-21-1-2-3-1002"
	system    = "S-1-5-18"
	admins    = "S-1-5-32-544"
	installer = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
	users     = "S-1-5-32-545"
	authentic = "S-1-5-11"

	all    = 0x1f01ff // FILE_ALL_ACCESS
	modify = 0x1301bf // what icacls calls M
	run    = 0x1200a9 // RX
)

// TestAccessLists has the lists that Windows gives to files, and those that let others
// in. Nothing here asks the system.
func TestAccessLists(t *testing.T) {
	own := []access{{system, all}, {admins, all}, {ann, all}}
	with := func(more ...access) []access { return append(own[:len(own):len(own)], more...) }
	for _, c := range []struct {
		name               string
		list               accessList
		file, folder, root string // who is let in: a file, a program's folder, one above it
		admin              bool   // a file of the machine's may be like that
	}{
		{"in a profile", accessList{owner: ann, allowed: own}, "", "", "", false},
		{"below Program Files", accessList{owner: installer, allowed: []access{{installer, all}, {system, modify}, {admins, modify}, {users, run}, {"S-1-15-2-1", run}}}, "", "", "", true},
		{"of a domain's administrators", accessList{owner: admins, allowed: []access{{"S-1-5-21-9-9-9-512", all}, {users, run}}}, "", "", "", true},
		{"the top of a drive", accessList{owner: installer, allowed: []access{{admins, all}, {authentic, rightAppend}, {users, run}}}, authentic, "", "", false},
		{"a folder at the top of a drive", accessList{owner: admins, allowed: []access{{admins, all}, {authentic, modify}}}, authentic, authentic, authentic, false},
		{"ProgramData", accessList{owner: system, allowed: []access{{system, all}, {users, rightAdd | rightAppend}}}, users, users, "", false},
		{"Everyone changes it", accessList{owner: ann, allowed: with(access{everyone, modify})}, everyone, everyone, everyone, false},
		{"Guests may take it", accessList{owner: ann, allowed: with(access{"S-1-5-32-546", 0x80000})}, "S-1-5-32-546", "S-1-5-32-546", "S-1-5-32-546", false},
		{"another may give rights", accessList{owner: ann, allowed: with(access{bob, 0x40000})}, bob, bob, bob, false},
		{"another removes what is in it", accessList{owner: ann, allowed: with(access{bob, rightDeleteChild})}, "", bob, bob, false},
		{"generic rights", accessList{owner: ann, allowed: with(access{bob, 0x40000000})}, bob, bob, bob, false},
		{"others read it", accessList{owner: ann, allowed: with(access{everyone, run})}, "", "", "", false},
		{"no list", accessList{owner: ann, open: true}, everyone, everyone, everyone, false},
		{"an empty list", accessList{owner: ann}, "", "", "", false},
		{"another's", accessList{owner: bob, allowed: own}, bob, bob, bob, false},
		{"no owner", accessList{allowed: own}, nobody, nobody, nobody, false},
	} {
		for what, x := range map[string]struct {
			rights uint32
			want   string
		}{"file": {changesFile, c.file}, "folder": {plants, c.folder}, "folder above": {changesFolder, c.root}} {
			if owner, other := c.list.judge(ann, x.rights); owner+other != x.want {
				t.Errorf("%s: as a %s: %q, %q; want %q", c.name, what, owner, other, x.want)
			}
		}
		owner, other := c.list.judge("", changesFile)
		if got := owner+other == ""; got != c.admin {
			t.Errorf("%s: a machine's file: %v (%s%s)", c.name, got, owner, other)
		}
	}
}

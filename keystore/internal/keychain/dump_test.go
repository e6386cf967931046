package keychain

import (
	"slices"
	"testing"
)

const dump = `keychain: "/Users/u/Library/Keychains/login.keychain-db"
version: 512
class: "genp"
attributes:
    0x00000007 <blob>="credential-iam"
    0x00000008 <blob>=<NULL>
    "acct"<blob>="v1/access/a@b/00"
    "cdat"<timedate>=0x32303236303130313030303030305A00  "20260101000000Z\000"
    "svce"<blob>="credential-iam"
    "type"<uint32>=<NULL>
keychain: "/Users/u/Library/Keychains/login.keychain-db"
version: 512
class: "genp"
attributes:
    "acct"<blob>="work"
    "svce"<blob>="credential-iam-source"
keychain: "/Users/u/Library/Keychains/login.keychain-db"
class: "inet"
attributes:
    "acct"<blob>="internet"
    "svce"<blob>="credential-iam"
keychain: "/Users/u/Library/Keychains/login.keychain-db"
class: "genp"
attributes:
    "acct"<blob>=0x76312F69642FC3BC2F30  "v1/id/\303\274/0"
    "svce"<blob>=0x63726564656E7469616C2D69616D  "credential-iam"
keychain: "/Users/u/Library/Keychains/login.keychain-db"
class: "genp"
attributes:
    "acct"<blob>=<NULL>
    "svce"<blob>="credential-iam"
keychain: "/Users/u/Library/Keychains/login.keychain-db"
class: "genp"
attributes:
    "svce"<blob>="credential-iam"
    "acct"<blob>="quo"ted"
`

func TestAccounts(t *testing.T) {
	want := []string{"v1/access/a@b/00", "v1/id/ü/0", `quo"ted`}
	if got := Accounts([]byte(dump), "credential-iam"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Accounts([]byte(dump), "credential-iam-source"); !slices.Equal(got, []string{"work"}) {
		t.Errorf("got %q", got)
	}
	if got := Accounts(nil, "credential-iam"); got != nil {
		t.Errorf("got %q of nothing", got)
	}
}

func FuzzAccounts(f *testing.F) {
	f.Add([]byte(dump))
	f.Add([]byte("keychain: \nclass: genp\n\"acct\"<blob>=0x\n\"svce\"<blob>=\""))
	f.Fuzz(func(t *testing.T, b []byte) {
		if slices.Contains(Accounts(b, "credential-iam"), "") {
			t.Error("an empty account")
		}
	})
}

package helper

import (
	"strings"
	"testing"
)

func TestCheckServiceAccount(t *testing.T) {
	good := []string{
		"deployer@proj.iam.gserviceaccount.com", "a@b.c", "proj@appspot.gserviceaccount.com",
		"1234-compute@developer.gserviceaccount.com", "sa@example.com.proj.iam.gserviceaccount.com",
		"123456789012345", "1234567890123456789012345", "sa+x@p.iam.gserviceaccount.com",
	}
	for _, name := range good {
		if err := CheckServiceAccount(name); err != nil {
			t.Errorf("CheckServiceAccount(%q) = %v, want nil", name, err)
		}
	}
	bad := []string{
		"", "-", "sa", "12345678901234", "12345678901234567890123456", "sa@", "@p.com", "sa@p", "sa@@p.com", "a@b@c.d",
		"../../x@p.com", "sa@p.com/../y", "sa@p.com:signBlob", "sa@p.com?x=1", "sa@p.com#x", "sa%2f@p.com", "sa@p..com",
		"sa@-p.com", "sa@p.com-", "sa@p.com\n", " sa@p.com", "sä@p.com", "sa@p.com,b@p.com", "sa@p.com\x00", "..@p.com",
		"-sa@p.com", "projects/-/serviceAccounts/sa@p.com", "sa@p.com;id", "$(id)@p.com", "sa'@p.com",
		strings.Repeat("a", 250) + "@p.com", "１２３４５６７８９０１２３４５",
	}
	for _, name := range bad {
		if err := CheckServiceAccount(name); err == nil {
			t.Errorf("CheckServiceAccount(%q) = nil, want an error", name)
		}
	}
}

package keystore

import (
	"errors"
	"strings"
	"testing"
)

// TestSecurityExit derives the exit status from the framework's error, of which it is
// the low byte.
func TestSecurityExit(t *testing.T) {
	for _, c := range []struct {
		status int32
		want   error
		says   string
	}{
		{-25300, ErrNotFound, ""},                             // errSecItemNotFound
		{-25307, ErrUnavailable, "security default-keychain"}, // errSecNoDefaultKeychain
		{-25294, ErrUnavailable, "security default-keychain"}, // errSecNoSuchKeychain
		{-25308, ErrLocked, "security unlock-keychain"},       // errSecInteractionNotAllowed
		{-25293, ErrLocked, "security unlock-keychain"},       // errSecAuthFailed
		{-128, ErrLocked, "security unlock-keychain"},         // userCanceledErr
		{1, ErrUnavailable, "exit status 1"},
	} {
		err := securityExit(int(uint8(c.status)))
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%d: %v", c.status, err)
		}
	}
}

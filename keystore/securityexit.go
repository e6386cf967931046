package keystore

import "strconv"

// securityExit names the exit status of macOS's /usr/bin/security, which is the low byte
// of the Security framework's error (SecBase.h: errSecNoDefaultKeychain is -25307).
func securityExit(code int) error {
	switch code {
	case 36, 51, 128: // interaction not allowed (an SSH session), authorization failed, cancelled
		return because{ErrLocked, "security unlock-keychain"}
	case 37, 50: // no default keychain, or one that is not there: of a service, a build machine
		return unavailable("there is no default keychain; run: security default-keychain -d user -s login.keychain-db")
	case 44: // no such item
		return ErrNotFound
	}
	return unavailable("security: exit status " + strconv.Itoa(code))
}

package issuer

import (
	"os"
	"strings"
)

// modesCount is false: Go derives the bits from the read-only attribute.
const modesCount = false

func executable(st os.FileInfo) bool { return strings.HasSuffix(strings.ToLower(st.Name()), ".exe") }

func ownedByUs(os.FileInfo) bool { return true }

func adminGroup(os.FileInfo) bool { return false }

package source

import (
	"io/fs"
	"strings"
	"testing"
)

// Who may not read a file has to look at it. (The superuser may, so it is not tried
// with a file.)
func TestUnreadableSourceFile(t *testing.T) {
	err := fileError("/keys/my key.json", "", bySource, "${EDITOR:-vi} config.json", &fs.PathError{Op: "open", Path: "/keys/my key.json", Err: fs.ErrPermission})
	if want := "; run: ls -l '/keys/my key.json'"; !strings.HasSuffix(err.Error(), want) || !strings.Contains(err.Error(), fs.ErrPermission.Error()) {
		t.Errorf("got %v, want it to end in %q", err, want)
	}
}

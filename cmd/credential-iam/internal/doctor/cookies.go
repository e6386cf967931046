package doctor

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// cookies finds a file of cookies with one for the host; Google's git servers take
// an identity from them.
func (x *subject) cookies(ctx context.Context, r report, h *place) {
	if !x.git.has("http", "cookiefile") {
		return
	}
	settings, err := x.git.Settings(ctx, "", h.url())
	file := settings["cookiefile"]
	if err != nil || file == "" {
		return
	}
	if rest, ok := strings.CutPrefix(file, "~/"); ok {
		file = filepath.Join(x.Env.HomeDir, rest)
	}
	raw, err := helper.ReadFile(file, helper.MaxFile)
	if err != nil || !hasCookie(string(raw), h.Pattern.Name()) {
		return
	}
	r.add(Warning, "git "+h.name+" cookieFile", "git config --global "+helper.ShellWord("http."+h.url()+".cookieFile")+" ''",
		"git sends it a cookie (http.cookieFile, %s), which the server may take for an identity", file)
}

// hasCookie reports whether a file of Netscape's form has a cookie for a host.
func hasCookie(text, host string) bool {
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimPrefix(strings.TrimRight(line, "\r\n"), "#HttpOnly_"), "\t")
		if len(f) < 7 || strings.HasPrefix(f[0], "#") {
			continue
		}
		domain := strings.ToLower(strings.TrimPrefix(f[0], "."))
		if domain == host || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

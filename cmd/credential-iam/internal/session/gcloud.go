package session

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper/source"
)

// sure is for how long gcloud believes that there is a metadata server.
const sure = 10 * 365 * 24 * time.Hour

// writeGcloud makes a configuration folder for gcloud: the person's active
// configuration without the account and all that concerns it. In the person's own
// folder the login there would win, and gcloud would keep the account's tokens there,
// on a disk.
//
// Gcloud looks for a metadata server by asking for the project's number, which nobody
// knows here; its file "gce" is what it remembers of the answer (its
// core/credentials/gce_cache.py).
func writeGcloud(folder string, g source.Gcloud, now time.Time) (dir string, err error) {
	dir = filepath.Join(folder, "gcloud")
	if err := os.MkdirAll(filepath.Join(dir, "configurations"), 0o700); err != nil {
		return "", err
	}
	files := map[string]string{
		"active_config":                 "default",
		"configurations/config_default": properties(g.Properties),
		"gce":                           "True",
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(content), 0o600); err != nil {
			return "", err
		}
	}
	return dir, os.Chtimes(filepath.Join(dir, "gce"), now.Add(sure), now.Add(sure))
}

// properties is a configuration of gcloud's without an account.
func properties(all map[string]string) string {
	bySection := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		section, property, _ := strings.Cut(name, "/")
		if section == "auth" || name == "core/account" || section == "" {
			continue
		}
		bySection[section] = append(bySection[section], property+" = "+all[name]+"\n")
	}
	var b strings.Builder
	for _, section := range slices.Sorted(maps.Keys(bySection)) {
		b.WriteString("[" + section + "]\n" + strings.Join(bySection[section], "") + "\n")
	}
	return b.String()
}

package configure

import (
	"context"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper/host"
)

// gcloudHelper is the name of gcloud's helper for git, as people know it.
const gcloudHelper = "gcloud.sh"

// gcloudHosts are the servers that gcloud's helper is installed for, where it is one
// for every URL and no repository says which it is used for.
func gcloudHosts() []string {
	return []string{"https://source.developers.google.com", "https://*.*.sourcemanager.dev", "https://*.developerconnect.dev"}
}

// fromGit finds the git servers of Google's that gcloud answers, wherever git's
// configuration says so, and those of the remotes.
func (f *Findings) fromGit(ctx context.Context, w World, dir string) {
	git, err := w.git()
	if err != nil {
		return
	}
	entries, err := git.List(ctx, dir)
	if err != nil {
		return
	}
	everywhere := false
	for _, e := range entries {
		switch {
		case e.Section == "credential" && e.Name == "helper" && gitconfig.Gcloud(e.Value):
			everywhere = everywhere || e.URL == ""
			f.gitHost(e.URL, gcloudHelper)
		case e.Section == "remote" && (e.Name == "url" || e.Name == "pushurl") && strings.HasPrefix(e.Value, "https://"):
			name, _ := gitconfig.Host(e.Value)
			f.gitHost(name, "")
		}
	}
	if everywhere && len(f.GitHosts) == 0 {
		for _, url := range gcloudHosts() {
			f.gitHost(url, gcloudHelper)
		}
	}
	for _, url := range f.GitHosts {
		if everywhere {
			f.Taken[url] = gcloudHelper
		}
	}
}

// gitHost adds a server, if it is one of Google's.
func (f *Findings) gitHost(typed, helper string) {
	h, err := readPlace(host.Git, typed)
	if typed == "" || err != nil || !h.likely() {
		return
	}
	f.GitHosts = append(f.GitHosts, h.url())
	if helper != "" {
		f.Taken[h.url()] = helper
	}
}

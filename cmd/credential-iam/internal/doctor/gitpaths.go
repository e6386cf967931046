package doctor

import "context"

// gitPaths checks that git tells the path of a repository where a section is for
// one.
func gitPaths(_ context.Context, x *subject, r report) {
	for _, h := range x.hosts {
		if h.git && h.Pattern.Path() != "" && !h.asked.Path {
			r.add(Warning, "git "+h.name+" path", x.configureGit(h), "git does not send the path of a repository, so the section of this path is never used (credential.useHttpPath)")
		}
	}
}

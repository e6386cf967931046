package host

import "strings"

// ReadImage reads the name of an image, HOST[:PORT]/PATH[:TAG][@DIGEST]. ok is
// false for one without a host, which is Docker Hub's, as "nginx" and
// "library/nginx" are (github.com/distribution/reference, "splitDockerDomain").
func ReadImage(s string) (u URL, ok bool) {
	s, _, _ = strings.Cut(s, "@")
	name, path, ok := strings.Cut(s, "/")
	if !ok || !strings.ContainsAny(name, ".:") && name != "localhost" || strings.Contains(s, "://") {
		return URL{}, false
	}
	if i := strings.LastIndexByte(path, ':'); i > strings.LastIndexByte(path, '/') {
		path = path[:i]
	}
	u, err := Form{Bare: true}.Read(name + "/" + path)
	return u, err == nil
}

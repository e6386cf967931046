package host

import "strings"

// Client is the program that asks.
type Client string

// The clients. Git, with the go command, and Bazel have hosts of their own.
const (
	Docker    Client = "docker"
	Git       Client = "git"
	Bazel     Client = "bazel"
	Cargo     Client = "cargo"
	Go        Client = "go"
	Header    Client = "header" // whoever takes one header: curl, npm, ...
	Keyring   Client = "keyring"
	Kube      Client = "kube"
	Kubelet   Client = "kubelet"
	Terraform Client = "terraform"
)

// BuiltIn reports whether the host is one of Google's that the client may send an
// access token to over https without a section of its own. The whole name is matched,
// label by label: a look-alike such as "gcr.io.example.com" matches nothing.
//
// Registries are built in for every client: those of Artifact Registry are of
// every format (LOCATION-python.pkg.dev), and git serves Go modules of
// LOCATION-go.pkg.dev to GOAUTH=git. What is built in for one client beyond them
// is not for another: a token for Storage is for Bazel's remote cache, and for
// nobody who can name a URL to docker.
func (h Host) BuiltIn(client Client) bool {
	if h.port != "" {
		return false
	}
	l := strings.Split(h.name, ".")
	for _, label := range l {
		if label != "*" && !Label(label) { // a Pattern's host may have "*"
			return false
		}
	}
	switch {
	case match(l, "gcr", "io"), match(l, "*", "gcr", "io"):
		return true
	case match(l, "*", "pkg", "dev"):
		return locationFormat(l[0])
	case match(l, "docker", "*", "rep", "pkg", "dev"):
		return location(l[1])
	}
	switch client {
	case Git, Go:
		return gitHost(l)
	case Bazel:
		return match(l, "storage", "googleapis", "com") || match(l, "remotebuildexecution", "googleapis", "com")
	}
	return false
}

// Domains are the ends that the names of the built-in hosts of docker and git have in
// common.
func Domains() []string {
	return []string{
		"gcr.io", "pkg.dev", "googlesource.com", "sourcemanager.dev", "developerconnect.dev", "source.developers.google.com",
	}
}

// Formats are the kinds of repositories of Artifact Registry, each with hosts of its own,
// LOCATION-FORMAT.pkg.dev (https://cloud.google.com/artifact-registry/docs/supported-formats).
// A host of a format that is not among them is answered all the same: pkg.dev is
// Google's, and there may be more of them tomorrow.
func Formats() []string {
	return []string{"docker", "npm", "python", "maven", "go", "apt", "yum", "kfp", "generic", "googet", "ruby"}
}

// Format returns the format in the name of a host LOCATION-FORMAT.pkg.dev, and what is
// before it, or "".
func (h Host) Format() (location, format string) {
	first, ok := strings.CutSuffix(h.name, ".pkg.dev")
	i := strings.LastIndexByte(first, '-')
	if !ok || i < 0 || strings.Contains(first, ".") || h.port != "" {
		return "", ""
	}
	return first[:i], first[i+1:]
}

// gitHost reports whether the labels are those of one of Google's git servers.
func gitHost(l []string) bool {
	return match(l, "source", "developers", "google", "com") ||
		match(l, "googlesource", "com") || match(l, "*", "googlesource", "com") ||
		match(l, "*", "*", "sourcemanager", "dev") ||
		match(l, "*", "developerconnect", "dev")
}

// Asker returns the client that asks for the hosts of a pattern, where only a
// configuration names them: git, whose hosts include docker's, but for what is built in
// for Bazel alone.
func (p Pattern) Asker() Client {
	if p.BuiltIn(Bazel) && !p.BuiltIn(Git) {
		return Bazel
	}
	return Git
}

// TakesAccess reports whether the host is one of an API of Google's, or built in for any
// client: such a host takes access tokens, and no ID token.
func (h Host) TakesAccess() bool {
	return h.BuiltIn(Git) || h.BuiltIn(Bazel) || h.port == "" && strings.HasSuffix(h.name, ".googleapis.com")
}

// Registry reports whether the host is one of Google's registries. They want the
// user name "oauth2accesstoken" of every client, git included.
func (h Host) Registry() bool { return h.BuiltIn(Docker) }

// match compares labels; "*" in the pattern matches one whole label.
func match(labels []string, pattern ...string) bool {
	if len(labels) != len(pattern) {
		return false
	}
	for i, p := range pattern {
		if p != "*" && p != labels[i] {
			return false
		}
	}
	return true
}

// locationFormat reports whether s reads LOCATION-FORMAT, as
// "europe-west1-docker" or "us-npm".
func locationFormat(s string) bool {
	i := strings.LastIndexByte(s, '-')
	return i > 0 && location(s[:i]) && letters(s[i+1:])
}

// location reports whether s can be a Google Cloud location: it starts with a
// letter, as "us", "me-central2" and "northamerica-northeast1" do.
func location(s string) bool { return Label(s) && s[0] >= 'a' && s[0] <= 'z' }

// letters reports whether s is one or more of a to z.
func letters(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return s != ""
}

// Label reports whether s is a label of a host name in lower case (RFC 1123).
func Label(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 63 && s[0] != '-' && s[len(s)-1] != '-'
}

// GoogleSource reports whether the host is one of Google's Gerrit hosts, which
// want a user name that starts with "git-".
func (h Host) GoogleSource() bool {
	return h.port == "" && (h.name == "googlesource.com" || strings.HasSuffix(h.name, ".googlesource.com"))
}

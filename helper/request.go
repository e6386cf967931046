package helper

import "github.com/credential-iam/credential-iam/helper/host"

// Request is what a client asked for, as it wrote it.
type Request struct {
	Client host.Client
	// Protocol is "https" or "http".
	Protocol string
	// Host is HOST or HOST:PORT.
	Host string
	// Path is the path below the host without its leading slash, if the client
	// sends one.
	Path string
}

// BuiltIn reports whether the request is for one of Google's hosts, which is
// answered without a section of its own.
func (r Request) BuiltIn() bool {
	h, ok := host.Parse(r.Protocol, r.Host)
	return ok && r.Protocol == "https" && h.BuiltIn(r.Client)
}

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

// For returns a client's request for what it called a host.
func For(c host.Client, u host.URL) Request {
	return Request{Client: c, Protocol: u.Protocol, Host: u.Host.String(), Path: u.Path}
}

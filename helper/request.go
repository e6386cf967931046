package helper

// Client is the program that asks.
type Client string

// The two clients; each has hosts of its own.
const (
	Docker Client = "docker"
	Git    Client = "git"
)

// Request is what a client asked for, as it wrote it.
type Request struct {
	Client Client
	// Protocol is "https" or "http".
	Protocol string
	// Host is HOST or HOST:PORT.
	Host string
	// Path is the path below the host without its leading slash, if the client
	// sends one.
	Path string
}

// Program plugin is every plugin that the tests of package issuer start: it
// behaves, or misbehaves, by the name it is called by.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper/issuer"
)

func main() {
	name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(os.Args[0]), "credential-iam-issuer-"), ".exe")
	if i, ok := issuers()[name]; ok {
		issuer.Serve(i, issuer.Version("1.2.3"), issuer.Env("AWS_*", "GOOGLE_*", "HTTPS_PROXY", "HOME", "SSL_CERT_FILE"))
		return
	}
	switch name {
	case "options":
		issuer.Serve(issuers()["good"], issuer.Needs("roleArn", "the role"), issuer.Takes("region", "the region"))
	case "greedy":
		issuer.Serve(issuers()["good"], issuer.Env("*"))
	case "crash-start":
		fmt.Fprintln(os.Stderr, "cannot find my own feet")
		os.Exit(3)
	case "hang-start":
		time.Sleep(time.Hour)
	case "garbage":
		fmt.Println("Hello, I am a plugin!")
		time.Sleep(time.Hour)
	case "flood":
		for {
			fmt.Print(strings.Repeat("x", 1<<16))
		}
	case "binary":
		fmt.Print("\x00\x01\x1b[31m\xff\n")
	case "greeting-v2":
		fmt.Println("2|1|unix|/tmp/x|grpc|" + strings.Repeat("A", 60))
		time.Sleep(time.Hour)
	case "netrpc":
		fmt.Println("1|1|unix|/tmp/x|netrpc|" + strings.Repeat("A", 60))
		time.Sleep(time.Hour)
	case "nocert":
		fmt.Println("1|1|unix|" + os.Getenv("PLUGIN_UNIX_SOCKET_DIR") + "/x|grpc|")
		time.Sleep(time.Hour)
	case "elsewhere":
		fmt.Println("1|1|tcp|127.0.0.1:1|grpc|" + strings.Repeat("A", 60))
		time.Sleep(time.Hour)
	case "badcert":
		fmt.Println("1|1|unix|" + os.Getenv("PLUGIN_UNIX_SOCKET_DIR") + "/x|grpc|" + strings.Repeat("A", 60))
		time.Sleep(time.Hour)
	case "version0", "version2", "otherhost", "huge", "nothing", "nohost", "noissuer", "hang-describe", "flagged":
		raw(name)
	default:
		fmt.Fprintln(os.Stderr, "no such behaviour:", name)
		os.Exit(9)
	}
}

// Kubelet-pull asks kubelet's own code which credentials it would pull images with, as
// kubelet does when it is told --image-credential-provider-config=CONFIG and
// --image-credential-provider-bin-dir=FOLDER:
//
//	kubelet-pull CONFIG FOLDER IMAGE...
//
// It prints a line for each credential, "IMAGE USER PASSWORD", and "IMAGE" alone where
// there is none. It is for tests.
package main

import (
	"fmt"
	"os"

	"k8s.io/kubernetes/pkg/credentialprovider/plugin"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: kubelet-pull CONFIG FOLDER IMAGE...")
		os.Exit(2)
	}
	if err := plugin.RegisterCredentialProviderPlugins(os.Args[1], os.Args[2], nil, nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	keyring := plugin.NewExternalCredentialProviderDockerKeyring("", "", "", "")
	for _, image := range os.Args[3:] {
		found, _ := keyring.Lookup(image)
		if len(found) == 0 {
			fmt.Println(image)
		}
		for _, c := range found {
			fmt.Println(image, c.Username, c.Password)
		}
	}
}

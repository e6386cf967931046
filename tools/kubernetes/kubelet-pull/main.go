// Kubelet-pull asks kubelet's own code which credentials it would pull images with, as
// kubelet does when it is told --image-credential-provider-config=CONFIG and
// --image-credential-provider-bin-dir=FOLDER:
//
//	kubelet-pull CONFIG FOLDER IMAGE...
//
// It prints a line for each credential, "IMAGE USER PASSWORD", and "IMAGE" alone where
// there is none. The images are those of one pod, whose service account has a token for
// a provider that CONFIG says is to get it. It is for tests.
package main

import (
	"fmt"
	"os"
	"time"

	authentication "k8s.io/api/authentication/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/pkg/credentialprovider/plugin"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: kubelet-pull CONFIG FOLDER IMAGE...")
		os.Exit(2)
	}
	if err := plugin.RegisterCredentialProviderPlugins(os.Args[1], os.Args[2], token, account); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	keyring := plugin.NewExternalCredentialProviderDockerKeyring("default", "pod", "0", "robot")
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

// token is what the API server answers.
func token(_, _ string, r *authentication.TokenRequest) (*authentication.TokenRequest, error) {
	r = r.DeepCopy()
	r.Status = authentication.TokenRequestStatus{Token: "the pod's own token", ExpirationTimestamp: meta.NewTime(time.Now().Add(time.Hour))}
	return r, nil
}

func account(namespace, name string) (*core.ServiceAccount, error) {
	return &core.ServiceAccount{ObjectMeta: meta.ObjectMeta{Namespace: namespace, Name: name, UID: "1"}}, nil
}

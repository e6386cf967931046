package client

import (
	"context"
	"errors"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/wire"
)

const kubeletVersion = "credentialprovider.kubelet.k8s.io/v1"

// kubeletKeeps is how long kubelet may keep an answer: less than the ten minutes that
// a token lives at least.
const kubeletKeeps = 9 * time.Minute

// kubelet is a credential provider of images for Kubernetes' kubelet (KEP-2133): the
// image on standard input, a user name and a password for its registry on standard
// output. For a registry that is not answered there are none, and the pull goes on.
func kubelet(ctx context.Context, c *adapter.Call) error {
	if len(c.Args) != 0 {
		return adapter.ErrUsage
	}
	b, _ := c.Read(maxMessage)
	image, err := readKubelet(b)
	if err != nil {
		return err
	}
	u, ok := host.ReadImage(image)
	r := helper.For(host.Kubelet, u)
	t, err := helper.Target{}, helper.ErrNoTarget
	if ok {
		t, err = resolve(ctx, c, r)
	}
	if errors.Is(err, helper.ErrNoTarget) {
		sayKubelet(c, "Image", 0, "", helper.Credential{})
		return nil
	}
	if err != nil {
		return err
	}
	tok, err := c.Tokens().Get(ctx, host.Kubelet, t)
	if err != nil {
		return err
	}
	// Where the configuration distinguishes paths the answer is for this image alone.
	kind, name := "Registry", u.Host.String()
	if at, _ := config.At(r); c.Tokens().Config.PathMatters(at) {
		kind, name = "Image", name+"/"+u.Path
	}
	keep := max(0, min(kubeletKeeps, tok.Expires.Sub(c.Env.Now())*9/10)).Truncate(time.Second)
	sayKubelet(c, kind, keep, name, t.Present(host.Kubelet, tok))
	return nil
}

// sayKubelet says an answer, without a credential for no name.
func sayKubelet(c *adapter.Call, cacheKey string, keep time.Duration, name string, cred helper.Credential) {
	kind, version, duration, auth := "CredentialProviderResponse", kubeletVersion, keep.String(), []byte("{}")
	if name != "" {
		secret := cred.Secret.Reveal()
		auth = wire.Append(nil, wire.F(name, []wire.Field{wire.F("username", &cred.Username), wire.F("password", &secret)}))
	}
	c.SayJSON(wire.F("kind", &kind), wire.F("apiVersion", &version), wire.F("cacheKeyType", &cacheKey),
		wire.F("cacheDuration", &duration), wire.F("auth", &auth))
}

// readKubelet reads a request and returns the image. One with the token of a pod's
// own account is refused: who configures that wants the pod's identity to decide, and
// would get the node's.
func readKubelet(b []byte) (image string, err error) {
	var kind, version, pod string
	err = wire.Read(b, wire.F("kind", &kind), wire.F("apiVersion", &version), wire.F("image", &image), wire.F("serviceAccountToken", &pod))
	e := &helper.Error{Who: helper.Admin, Op: "read kubelet's request", Code: "protocol"}
	switch {
	case len(b) > maxMessage || err != nil || kind != "CredentialProviderRequest" || image == "":
		e.Reason = "standard input is not a CredentialProviderRequest with an image; kubelet runs this program"
	case version != kubeletVersion:
		e.Reason = "its version is not " + kubeletVersion + "; set apiVersion in the CredentialProviderConfig"
	case pod != "":
		e.Reason = "it has the token of a pod's service account, which cannot decide the identity here; remove tokenAttributes from the CredentialProviderConfig"
	default:
		return image, nil
	}
	return "", e
}

package scripts

import (
	"maps"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// office is where a developer with credentials of its own works as deployer.
type office struct {
	*envtest.Home
	google *iamtest.Server
}

// newOffice configures an office without a keystore, and the helpers of docker for
// hosts: more are further sections.
func newOffice(t *testing.T, more map[string]testenv.Section, hosts ...string) office {
	t.Helper()
	s := envtest.Google(t, iamtest.Options{}, deployer)
	o := office{envtest.New(t, testenv.Options{Path: []string{envtest.Programs(t)}}), s}
	o.SignIn(t, s.UserADC(testenv.Person))
	d := testenv.Docker{Plugins: map[string]testenv.Section{"iam": testenv.As(deployer, s, "none")}, Helpers: map[string]string{}}
	maps.Copy(d.Plugins, more)
	for _, host := range hosts {
		d.Helpers[host] = "iam"
	}
	o.Configure(t, d)
	return o
}

package scripts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// office is where a developer with credentials of its own works as deployer.
type office struct {
	bin, home string
	environ   []string
	google    *iamtest.Server
}

// newOffice configures an office without a keystore: docker's configuration is
// what config says, with ENDPOINT for the API's.
func newOffice(t *testing.T, config string) office {
	t.Helper()
	bin, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	s, err := iamtest.NewServer(iamtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.User("dev@example.com")
	s.ServiceAccount(deployer)
	s.Grant("dev@example.com", iamtest.RoleTokenCreator, deployer)
	home := t.TempDir()
	for name, text := range map[string]string{
		"adc.json":    string(s.UserADC("dev@example.com")),
		"config.json": strings.ReplaceAll(config, "ENDPOINT", s.Endpoint()),
	} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return office{bin, home, append(os.Environ(), "HOME="+home, "USERPROFILE="+home, "DOCKER_CONFIG="+home,
		"XDG_DATA_HOME="+filepath.Join(home, "data"), "GOOGLE_APPLICATION_CREDENTIALS="+filepath.Join(home, "adc.json")), s}
}

package issuertest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer"
)

// Dir returns a new folder that the host accepts plugins from: no other user can
// write to it, whatever the umask.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir()) // macOS has a link on the way to it
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Build compiles the main package (a path as for go build, seen from the test's
// folder) as the plugin of a name, and returns the folder that it is in.
func Build(t testing.TB, name, pkg string) string {
	t.Helper()
	dir := Dir(t)
	path := filepath.Join(dir, "credential-iam-issuer-"+name)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	out, err := exec.Command("go", "build", "-o", path, pkg).CombinedOutput()
	if err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Options returns host options with the plugins of a folder. The environment
// has the given NAME=VALUE entries alone; the log goes to the test's.
func Options(t testing.TB, dir string, environ ...string) issuer.HostOptions {
	return issuer.HostOptions{
		Env: helper.Env{
			Getenv: func(string) string { return "" },
			Now:    time.Now,
			Log:    func(format string, args ...any) { t.Logf(format, args...) },
		},
		Environ: environ,
		Dirs:    []string{dir},
	}
}

// Target returns what the configuration would resolve for a host.
func Target(plugin, host string, options map[string]string) helper.Target {
	return helper.Target{
		Protocol: "https", Host: host, Token: helper.Access, Issuer: plugin, Options: options,
		ServiceAccount: "pusher@project.iam.gserviceaccount.com", Lifetime: time.Hour,
	}
}

// Run asks the plugin of target.Issuer in dir for a credential, as the core does.
func Run(t testing.TB, dir string, target helper.Target, id issuer.Identity, environ ...string) (helper.Token, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return issuer.Minter{
		Options:  Options(t, dir, environ...),
		Identity: func(context.Context, helper.Target) (issuer.Identity, error) { return id, nil },
	}.Mint(ctx, target)
}

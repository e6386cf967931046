package tools

import (
	"os"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/services"
)

// project makes a folder of a project that needs demo from the registry at a host.
func (w *world) project(t *testing.T, host string) string {
	t.Helper()
	dir := w.Folder(t, "project-")
	for name, text := range map[string]string{
		"package.json": `{"name":"app","version":"1.0.0","dependencies":{"demo":"1.0.0"}}`,
		".npmrc":       "registry=https://" + host + services.Packages + "\naudit=false\nfund=false\nupdate-notifier=false\nfetch-retries=0\n",
	} {
		envtest.Check(t, os.WriteFile(dir+"/"+name, []byte(text), 0o600))
	}
	return dir
}

// npm has no hook. Its file of settings for all can be a pipe, so that the token is
// in no file, no argument and no variable.
func (w *world) npm(dir string, args string) (string, error) {
	return w.Try(dir, nil, "bash", "-c", `npm --globalconfig <(credential-iam-client header https://`+npm+services.Packages+` --as npmrc) `+args)
}

func TestNPM(t *testing.T) {
	parts.Program(t, "npm")
	parts.Program(t, "bash")
	w := newWorld(t)
	v := w.serve(t, npm, deployer, services.NPM)
	dir := w.project(t, npm)
	if out, err := w.npm(dir, "install"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := w.npm(dir, "publish"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wantUser(t, v, "", "GET "+services.Packages+"demo", ".tgz", "PUT "+services.Packages+"app")
	w.wantMints(t, 1)
}

// pnpm up to 10 runs a program without arguments, whose name says the host.
func TestPnpm(t *testing.T) {
	parts.Program(t, "pnpm")
	w := newWorld(t)
	v := w.serve(t, npm, deployer, services.NPM)
	w.tokenHelper(t)
	w.Must(t, w.project(t, npm), nil, "pnpm", "install")
	wantUser(t, v, "", "GET "+services.Packages+"demo", ".tgz")
	w.wantMints(t, 1)
}

// tokenHelper configures pnpm's token helper for the registry.
func (w *world) tokenHelper(t *testing.T) {
	t.Helper()
	w.Write(t, ".npmrc", []byte("//"+npm+services.Packages+":tokenHelper="+w.link(t, "bin/token@"+npm)+"\n"))
}

// A project's own files pick the registry and, in a lock file, the URL of each package.
func TestNodeHostile(t *testing.T) {
	lock := `{"name":"app","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"app","version":"1.0.0","dependencies":{"demo":"1.0.0"}},` +
		`"node_modules/demo":{"version":"1.0.0","resolved":"https://` + npm + evil + services.Packages + `demo/-/demo-1.0.0.tgz","integrity":"sha512-AAAA"}}}`
	pnpmLock := "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      demo:\n        specifier: 1.0.0\n        version: 1.0.0\n" +
		"packages:\n  demo@1.0.0:\n    resolution: {integrity: sha512-AAAA, tarball: https://" + npm + evil + services.Packages + "demo/-/demo-1.0.0.tgz}\nsnapshots:\n  demo@1.0.0: {}\n"
	for _, c := range []struct{ name, tool, host, file, text, args string }{
		{"npm registry", "npm", npm + evil, "", "", "install"},
		{"npm lock file", "npm", npm, "package-lock.json", lock, "ci --replace-registry-host=never"},
		{"pnpm registry", "pnpm", npm + evil, "", "", "install"},
		{"pnpm lock file", "pnpm", npm, "pnpm-lock.yaml", pnpmLock, "install --frozen-lockfile"},
	} {
		t.Run(c.name, func(t *testing.T) {
			parts.Program(t, c.tool)
			w := newWorld(t)
			w.serve(t, npm, deployer, services.NPM)
			rogue := w.rogue(t, npm, nil)
			dir := w.project(t, c.host)
			if c.file != "" {
				envtest.Check(t, os.WriteFile(dir+"/"+c.file, []byte(c.text), 0o600))
			}
			var out string
			var err error
			if c.tool == "npm" {
				out, err = w.npm(dir, c.args)
			} else {
				w.tokenHelper(t)
				out, err = w.Try(dir, nil, "sh", "-c", "pnpm "+c.args)
			}
			if err == nil || rogue.Requests() == 0 {
				t.Errorf("%v, the rogue was asked %d times:\n%s", err, rogue.Requests(), out)
			}
			rogue.WantNothing(t)
		})
	}
}

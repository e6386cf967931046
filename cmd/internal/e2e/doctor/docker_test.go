package doctor

import (
	"os"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// entries are credHelpers and sections as a person may have written them.
func entries(helpers, sections string) string {
	return `{"credHelpers":{` + helpers + `},"plugins":{"iam":{$SECTION}` + sections + `}}`
}

// TestDocker has docker read its file otherwise than it was meant.
func TestDocker(t *testing.T) {
	const typo, host = "europe-docker.pkg.dve", "europe-docker.pkg.dev"
	for _, c := range []broken{
		{name: "a typo of Google's", config: entries(`"`+typo+`":"iam"`, ""), check: "identity " + typo, result: "error",
			fix: "credential-iam unconfigure " + typo + " --force && credential-iam configure --docker " + host},
		{name: "a typo of Google's, beside what configure wrote", config: entries(`"`+typo+`":"iam"`, ""), check: "identity " + typo, result: "error", spoil: func(t *testing.T, m *machine) {
			m.Must(t, m.dir, nil, "credential-iam", "configure", "--no-check", "--docker", "us.gcr.io")
		}, fix: "credential-iam unconfigure " + typo + " --force && credential-iam configure --docker " + host},
		{name: "a location of nobody's", config: entries(`"eurpe-docker.pkg.dev":"iam"`, `,"iam@eurpe-docker.pkg.dev":{"serviceAccount":"$DEPLOYER"}`), check: "location eurpe-docker.pkg.dev", result: "warning",
			fix: "credential-iam unconfigure eurpe-docker.pkg.dev --force && credential-iam configure --set serviceAccount=$DEPLOYER --docker " + host},
		{name: "a host that is not Google's", config: entries(`"r.example.com":"iam"`, ""), check: "identity r.example.com", result: "error",
			fix: "configure --docker r.example.com --token id"},
		{name: "a path", config: entries(`"`+host+`":"iam"`, `,"iam@`+host+`/proj/repo":{"serviceAccount":"$DEPLOYER"}`), check: "docker " + host + "/proj/repo",
			result: "warning", fix: "unconfigure " + host + "/proj/repo"},
		{name: "upper case", config: entries(`"Europe-Docker.pkg.dev":"iam"`, ""), check: "credHelpers Europe-Docker.pkg.dev", result: "warning",
			fix: "configure --docker " + host},
		{name: "a scheme", config: entries(`"https://`+host+`":"iam"`, ""), check: "credHelpers https://" + host, result: "warning", fix: "configure --docker " + host},
		{name: "with a scheme and without", config: entries(`"https://`+host+`/":"iam","`+host+`":"iam"`, ""), check: "credHelpers https://" + host + "/", result: "warning",
			fix: "configure --docker " + host},
		{name: "another helper without a scheme", config: entries(`"https://`+host+`":"iam","`+host+`":"gcloud"`, ""), check: "credHelpers https://" + host, result: "warning",
			fix: "configure --docker " + host + " --force"},
		{name: "the whole name of the program", config: entries(`"`+host+`":"docker-credential-iam"`, ""), check: "credHelpers " + host, result: "error",
			fix: "configure --docker " + host + " --force"},
		{name: "the program of Windows", config: entries(`"`+host+`":"iam.exe"`, ""), check: "credHelpers " + host, result: "error",
			fix: "configure --docker " + host + " --force"},
		{name: "another helper", config: entries(`"`+host+`":"gcloud"`, `,"iam@`+host+`":{"serviceAccount":"$DEPLOYER"}`), check: "docker " + host, result: "warning",
			fix: "configure --docker " + host + " --force"},
		{name: "no entry", config: entries("", `,"iam@`+host+`":{"serviceAccount":"$DEPLOYER"}`), check: "docker " + host, result: "warning",
			fix: "configure --docker " + host},
		{name: "another credsStore", config: `{"credsStore":"desktop","plugins":{"iam":{$SECTION},"iam@` + host + `":{"serviceAccount":"$DEPLOYER"}}}`,
			check: "docker " + host, result: "warning", fix: "configure --docker " + host},
		{name: "a key that is not docker's", config: `{"credHelper":{"` + host + `":"iam"},"plugins":{"iam":{$SECTION}}}`, check: "key credHelper", result: "error",
			fix: "configure --docker " + host},
		{name: "another key that is not docker's", config: `{"credStore":"iam","plugins":{"iam":{$SECTION,"fallback":"pass"}}}`, editor: `edit s/credStore/credsStore/ "$1"`,
			check: "key credStore", result: "error", fix: "EDITOR"},
		{name: "credsStore by the program's name", config: `{"credsStore":"docker-credential-iam","plugins":{"iam":{$SECTION,"fallback":"pass"}}}`,
			editor: `edit s/docker-credential-iam/iam/ "$1"`, check: "credsStore", result: "error", fix: "EDITOR"},
		{name: "Docker Hub", config: entries(`"https://index.docker.io/v1/":"iam"`, ""), check: "credHelpers https://index.docker.io/v1/", result: "error",
			fix: "unconfigure index.docker.io"},
		{name: "Docker Hub by another name", config: entries(`"docker.io":"iam"`, ""), check: "credHelpers docker.io", result: "warning", fix: "unconfigure docker.io"},
		{name: "a login of the environment", spoil: func(_ *testing.T, m *machine) {
			m.Env["DOCKER_AUTH_CONFIG"] = `{"auths":{"` + host + `":{"auth":"eDp5"}}}`
		}, check: "DOCKER_AUTH_CONFIG", result: "error", fix: "unset DOCKER_AUTH_CONFIG"},
		{name: "a password in the file", config: `{"auths":{"` + host + `":{"auth":"eDp5"}},"credHelpers":{"` + host + `":"iam"},"plugins":{"iam":{$SECTION}}}`,
			spoil: func(t *testing.T, _ *machine) { parts.Program(t, "docker") }, check: "docker " + host, result: "warning", fix: "docker logout " + host},
		{name: "no fallback", config: `{"credsStore":"iam","plugins":{"iam":{$SECTION}}}`, editor: `edit 's/"serviceAccount"/"fallback":"pass",&/' "$1"`,
			check: "fallback", result: "warning", fix: "EDITOR"},
		{name: "a fallback that is not there", config: `{"credsStore":"iam","plugins":{"iam":{$SECTION,"fallback":"nowhere"}}}`, editor: `edit s/nowhere/pass/ "$1"`,
			check: "fallback", result: "error", fix: "EDITOR"},
		{name: "a mistake in the section", config: entries(`"`+host+`":"iam"`, `,"iam@`+host+`":{"lifetme":"1h"}`), editor: `edit s/lifetme/lifetime/ "$1"`,
			check: "section iam@" + host, result: "error", fix: "EDITOR"},
		{name: "a file that is not JSON", config: entries(`"`+host+`":"iam",`, ""), editor: `edit 's/"iam",}/"iam"}/' "$1"`,
			check: "configuration", result: "error", fix: "EDITOR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t)
			// A helper that keeps foreign logins.
			m.write(t, "bin/docker-credential-pass", "#!/bin/sh\nexit 1\n")
			envtest.Check(t, os.Chmod(m.Path("bin/docker-credential-pass"), 0o700))
			m.Env["PATH"] = m.Path("bin") + string(os.PathListSeparator) + m.Env["PATH"]
			if strings.Contains(c.config+well, host) && !strings.Contains(c.config, typo) && !strings.Contains(c.config, "docker.io") && !strings.Contains(c.config, "example.com") && !strings.Contains(c.check, "allback") && !strings.HasPrefix(c.check, "DOCKER") {
				c.after = func(t *testing.T, m *machine) {
					b, err := os.ReadFile(m.Path(".docker/config.json"))
					envtest.Check(t, err)
					if !strings.Contains(string(b), `"`+host+`":"iam"`) && !strings.Contains(string(b), `"`+host+`": "iam"`) && !strings.Contains(string(b), `"credsStore":"iam"`) {
						t.Errorf("docker does not run the helper for %s:\n%s", host, b)
					}
				}
			}
			c.run(t, m)
		})
	}
}

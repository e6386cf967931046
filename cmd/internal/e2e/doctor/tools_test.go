package doctor

import (
	"os"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// TestTools has tools beyond docker and git be configured, and then not work.
func TestTools(t *testing.T) {
	const cargo = "[registries.private]\nindex = \"sparse+https://crates.example.com/index/\"\n"
	remove := func(name string) func(*testing.T, *machine) {
		return func(t *testing.T, m *machine) { envtest.Check(t, os.Remove(m.Path(name))) }
	}
	for _, c := range []struct {
		broken
		// configured is what the person typed before.
		configured string
	}{
		{broken{name: "pip finds another keyring", check: "pip", result: "error", fix: "export PATH=", spoil: func(t *testing.T, m *machine) {
			m.program(t, "keyring", "exit 1")
		}}, "--pip --link-dir $HOME/links"},
		{broken{name: "pip's link is another program", check: "pip", result: "error", fix: "configure --pip --link-dir", spoil: func(t *testing.T, m *machine) {
			remove("links/keyring")(t, m)
			m.write(t, "links/keyring", "#!/bin/sh\nexit 1\n")
			envtest.Check(t, os.Chmod(m.Path("links/keyring"), 0o700))
			m.Env["PATH"] = m.Path("links") + string(os.PathListSeparator) + m.Env["PATH"]
		}}, "--pip --link-dir $HOME/links"},
		{broken{name: "pnpm's link is another program", check: "pnpm https://us-npm.pkg.dev/proj/repo/", result: "error", fix: " --link-dir ", spoil: func(t *testing.T, m *machine) {
			remove(".local/bin/token@us-npm.pkg.dev")(t, m)
			m.write(t, ".local/bin/token@us-npm.pkg.dev", "#!/bin/sh\nexit 1\n")
		}}, "--pnpm https://us-npm.pkg.dev/proj/repo/"},
		{broken{name: "an index of pip's without a user name", check: "pip", result: "error", fix: "EDITOR", editor: `edit s,//europe,//oauth2accesstoken@europe, "$1"`,
			files: map[string]string{".config/pip/pip.conf": "[global]\nindex-url = https://europe-python.pkg.dev/proj/repo/simple/\n"},
			spoil: func(_ *testing.T, m *machine) {
				m.Env["PATH"] = m.Path("links") + string(os.PathListSeparator) + m.Env["PATH"]
			}}, "--pip --link-dir $HOME/links"},
		{broken{name: "a variable of pip", check: "pip", result: "error", fix: "unset PIP_KEYRING_PROVIDER", spoil: func(_ *testing.T, m *machine) {
			m.Env["PIP_KEYRING_PROVIDER"] = "import"
			m.Env["PATH"] = m.Path("links") + string(os.PathListSeparator) + m.Env["PATH"]
		}}, "--pip --link-dir $HOME/links"},
		{broken{name: "pnpm's link is gone", check: "pnpm https://us-npm.pkg.dev/proj/repo/", result: "error", fix: "configure --pnpm",
			spoil: remove(".local/bin/token@us-npm.pkg.dev")}, "--pnpm https://us-npm.pkg.dev/proj/repo/"},
		{broken{name: "Terraform's link is gone", check: "terraform", result: "error", fix: "configure --terraform",
			spoil: remove(".terraform.d/plugins/terraform-credentials-iam")}, "--terraform"},
		{broken{name: "a variable of Terraform", check: "terraform", result: "error", fix: "unset TF_CLI_CONFIG_FILE", spoil: func(_ *testing.T, m *machine) {
			m.Env["TF_CLI_CONFIG_FILE"] = m.Path("other.tfrc")
		}}, "--terraform"},
		{broken{name: "a registry of cargo without a section", check: "cargo private", result: "error", fix: "configure --cargo private --token id",
			files: map[string]string{".cargo/config.toml": cargo + "credential-provider = [\"cargo-credential-iam\"]\n"}}, ""},
		{broken{name: "a program of cargo that is gone", check: "cargo private", result: "error", fix: "configure --cargo private",
			config: strings.Replace(well, `{$SECTION}`, `{$SECTION},"iam@crates.example.com":{"token":"id"}`, 1),
			files:  map[string]string{".cargo/config.toml": cargo + "credential-provider = [\"/nowhere/cargo-credential-iam\"]\n"}}, ""},
		{broken{name: "a variable of cargo", check: "cargo private", result: "error", fix: "unset CARGO_REGISTRIES_PRIVATE_CREDENTIAL_PROVIDER",
			config: strings.Replace(well, `{$SECTION}`, `{$SECTION},"iam@crates.example.com":{"token":"id"}`, 1),
			files:  map[string]string{".cargo/config.toml": cargo + "credential-provider = [\"cargo-credential-iam\"]\n"},
			spoil: func(_ *testing.T, m *machine) {
				m.Env["CARGO_REGISTRIES_PRIVATE_CREDENTIAL_PROVIDER"] = "cargo:token"
			}}, ""},
		{broken{name: "a host of Bazel without a section", check: "bazel cache.example.com", result: "error", fix: "configure --bazel cache.example.com --token id",
			files: map[string]string{".bazelrc": "common --credential_helper=cache.example.com=bazel-credential-iam\n"}}, ""},
		{broken{name: "a program of Bazel that is gone", check: "bazel gcr.io", result: "error", fix: "configure --bazel gcr.io",
			files: map[string]string{".bazelrc": "common --credential_helper=gcr.io=/nowhere/bazel-credential-iam\n"}}, ""},
		{broken{name: "pip's link is gone", check: "pip", result: "error", fix: "configure --pip --link-dir", spoil: func(t *testing.T, m *machine) {
			remove("links/keyring")(t, m)
			m.Env["PATH"] = m.Path("links") + string(os.PathListSeparator) + m.Env["PATH"]
		}}, "--pip --link-dir $HOME/links"},
		{broken{name: "Bazel is not configured", check: "host storage.googleapis.com", result: "warning", fix: "configure --bazel storage.googleapis.com",
			config: strings.Replace(well, `{$SECTION}`, `{$SECTION},"iam@storage.googleapis.com":{"serviceAccount":"$DEPLOYER"}`, 1)}, ""},
		{broken{name: "a file of pip's that pip cannot read", check: "pip", result: "error", fix: "EDITOR", editor: `edit 1d "$1"`,
			files: map[string]string{".config/pip/pip.conf": "a = b\n[global]\n"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t)
			if c.configured != "" {
				spoil := c.spoil
				c.spoil = func(t *testing.T, m *machine) {
					if out, err := m.Try(m.dir, nil, "sh", "-c", "credential-iam configure --service-account "+m.expand("$DEPLOYER "+c.configured)); err != nil {
						t.Fatalf("%v\n%s", err, out)
					}
					spoil(t, m)
				}
			}
			c.run(t, m)
		})
	}
}

// TestKube has kubectl's contexts not work; kubectl itself is what fixes them.
func TestKube(t *testing.T) {
	parts.Program(t, "kubectl")
	const user = "apiVersion: v1\nkind: Config\ncurrent-context: prod\nclusters:\n- {name: c, cluster: {server: 'https://10.1.2.3'SKIP}}\ncontexts:\n- {name: prod, context: {cluster: c, user: u}}\nusers:\n- name: u\n  user: {exec: {command: credential-iam-client, args: [kube], apiVersion: client.authentication.k8s.io/v1, provideClusterInfo: INFO, interactiveMode: Never}}\n"
	const section = `{"plugins":{"iam":{$SECTION},"iam@10.1.2.3":{"token":"access"}}}`
	file := func(info, skip string) map[string]string {
		return map[string]string{".kube/config": strings.NewReplacer("INFO", info, "SKIP", skip).Replace(user)}
	}
	bin := envtest.Programs(t)
	for _, c := range []broken{
		{name: "no section", files: file("true", ""), check: "kube prod", result: "error", fix: "configure --kube prod --token access"},
		{name: "no provideClusterInfo", files: file("false", ""), config: section, check: "kube prod", result: "error", fix: "configure --kube prod"},
		{name: "neither", files: file("false", ""), check: "kube prod", result: "error", fix: "configure --kube prod --token access"},
		{name: "not verified", files: file("true", ", insecure-skip-tls-verify: true"), config: section, check: "kube prod", result: "error", fix: "kubectl config set-cluster c"},
		{name: "not on the PATH", files: file("true", ""), config: section, check: "kube prod", result: "error", fix: "export PATH=", spoil: func(t *testing.T, m *machine) {
			m.Env["PATH"] = strings.ReplaceAll(m.Env["PATH"], bin+string(os.PathListSeparator), "")
			m.program(t, "credential-iam", `exec `+bin+`/credential-iam "$@"`)
		}},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, newMachine(t)) })
	}
}

// TestOldPip has a pip that cannot run a keyring, as Debian 12 has.
func TestOldPip(t *testing.T) {
	for version, want := range map[string]string{"23.0.1": "warning", "23.1": "ok", "26.0": "ok", "9.0": "warning"} {
		m := newMachine(t)
		m.write(t, ".docker/config.json", well)
		m.program(t, "pip", "echo pip "+version+" from /usr/lib/python3/dist-packages/pip")
		m.Env["PATH"] = m.Path("links") + string(os.PathListSeparator) + m.Env["PATH"]
		if out, err := m.Try(m.dir, nil, "credential-iam", "configure", "--pip", "--link-dir", m.Path("links")); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if f, ok := find(m.doctor(t, ""), "pip"); !ok || f.Result != want {
			t.Errorf("pip %s: %+v, want %s", version, f, want)
		}
	}
}

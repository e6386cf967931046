//go:build linux

package sdk

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// The addresses of the person's machine and of the container on the bridge between
// them.
const (
	bridgeAddress    = "10.99.0.1"
	containerAddress = "10.99.0.2"
)

// network is a network of its own: nothing outside is reached from it, nor it from
// there.
type network struct {
	t   *testing.T
	pid string
}

func newNetwork(t *testing.T) network {
	t.Helper()
	parts.Root(t)
	for _, program := range []string{"unshare", "ip"} {
		parts.Program(t, program)
	}
	keep := exec.Command("unshare", "--net", "sh", "-c", "ip link set lo up && echo && exec cat")
	in, err := keep.StdinPipe()
	envtest.Check(t, err)
	out, err := keep.StdoutPipe()
	envtest.Check(t, err)
	envtest.Check(t, keep.Start())
	t.Cleanup(func() { _ = in.Close(); _ = keep.Wait() })
	if _, err := out.Read(make([]byte, 1)); err != nil {
		parts.Missing(t, "no network namespace can be made")
	}
	return network{t, strconv.Itoa(keep.Process.Pid)}
}

// in runs what f starts in the network.
func (n network) in(f func()) {
	n.t.Helper()
	done := make(chan error)
	go func() { // the thread ends with the goroutine, which has not unlocked it
		runtime.LockOSThread()
		file, err := os.Open("/proc/" + n.pid + "/ns/net")
		if err == nil {
			err = unix.Setns(int(file.Fd()), unix.CLONE_NEWNET)
			_ = file.Close()
		}
		if err == nil {
			f()
		}
		done <- err
	}()
	envtest.Check(n.t, <-done)
}

func (n network) ip(args ...string) {
	n.t.Helper()
	n.in(func() {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			n.t.Errorf("ip %q: %v %s", args, err, out)
		}
	})
}

// bridge joins the networks of a machine and of a container.
func bridge(t *testing.T) (host, container network) {
	t.Helper()
	host, container = newNetwork(t), newNetwork(t)
	host.ip("link", "add", "outside", "type", "veth", "peer", "name", "inside", "netns", container.pid)
	host.ip("addr", "add", bridgeAddress+"/30", "dev", "outside")
	host.ip("link", "set", "outside", "up")
	container.ip("addr", "add", containerAddress+"/30", "dev", "inside")
	container.ip("link", "set", "inside", "up")
	return host, container
}

// TestContainer has a container use what serve writes for it: on an address of the
// machine that the container reaches, by the name that the container has for it. Nothing
// else of the person's is there.
func TestContainer(t *testing.T) {
	w := newOffice(t, machine.Options{})
	host, container := bridge(t)
	w.inside("true") // the token is in hand: the API is not reached from there
	file := filepath.Join(w.Run, "account.env")
	for _, flags := range [][]string{
		{"--listen", bridgeAddress + ":0"},
		{"--listen", "0.0.0.0:0", "--address", bridgeAddress},
		{"--listen", ":8765", "--address", bridgeAddress + ":8765"},
	} {
		var end func()
		host.in(func() { _, end = w.serve(append(flags, "--env-file", file)...) })
		b, err := os.ReadFile(file)
		envtest.Check(t, err)
		variables, _, _ := strings.Cut(string(b), "\n")
		environ := strings.Split(strings.TrimSpace(strings.TrimPrefix(string(b), variables+"\n")), "\n")
		var a answer
		for _, library := range []string{"oauth2", "auth"} {
			container.in(func() { a = w.try(append(environ, "HOME="+w.Temp), w.self, "inside", library) })
			w.wantToken(strings.TrimSpace(a.stdout))
		}
		// Our own helpers there would have the account impersonate itself.
		for _, only := range []string{"", "-u GCE_METADATA_IP -u GCE_METADATA_ROOT -u METADATA_SERVER_DETECTION"} {
			container.in(func() {
				a = w.try(append(environ, "HOME="+w.Temp), "sh", "-c", "echo "+machine.DockerHost+" | env "+only+" DOCKER_CONFIG="+w.metadataConfig()+" docker-credential-iam get")
			})
			if a.code() != 1 || !strings.Contains(a.stdout, "run: unset GCE_METADATA_HOST") || !strings.Contains(a.stdout, `"serve"`) {
				t.Errorf("our own helper in the container: exit %d: %s%s", a.code(), a.stdout, a.stderr)
			}
			envtest.NoSecret(t, a.stdout+a.stderr, secretOf(environ))
		}
		// Nor without the secret: the server is known by its answer.
		bare := []string{"HOME=" + w.Temp}
		for _, v := range environ {
			if name, value, _ := strings.Cut(v, "="); name == "GCE_METADATA_HOST" {
				at, _, _ := strings.Cut(value, "/")
				bare = append(bare, name+"="+at)
			}
		}
		container.in(func() {
			a = w.try(bare, "sh", "-c", "echo "+machine.DockerHost+" | DOCKER_CONFIG="+w.metadataConfig()+" docker-credential-iam get")
		})
		if a.code() != 1 || !strings.Contains(a.stdout, "run: unset GCE_METADATA_HOST") || !strings.Contains(a.stdout, `"serve"`) {
			t.Errorf("our own helper, without the secret: exit %d: %s%s", a.code(), a.stdout, a.stderr)
		}
		end()
	}
	// An address that is every one is that of no container.
	a := w.try(nil, machine.Core, "serve", "--listen", "0.0.0.0:0", "--env-file", file)
	if _, err := os.Stat(file); a.code() != 2 || err == nil || !strings.Contains(a.stderr, "--address") {
		t.Errorf("exit %d: %s", a.code(), a.stderr)
	}
}

// TestContainerGcloud has gcloud in a container, without a folder that exec has made: it
// looks for the number of the project, and believes in a metadata server that has it.
func TestContainerGcloud(t *testing.T) {
	gcloudRoot(t)
	w := newOffice(t, machine.Options{})
	w.Env["PATH"] += ":" + filepath.Dir(mustLook(t, "gcloud"))
	file, kept := filepath.Join(w.Run, "account.env"), filepath.Join(w.Temp, "gcloud")
	_, end := w.serve("--listen", "127.0.0.1:0", "--env-file", file, "--project-number", "123456789012")
	defer end()
	b, err := os.ReadFile(file)
	envtest.Check(t, err)
	_, variables, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	environ := append(strings.Split(variables, "\n"), "HOME="+w.Temp, "CLOUDSDK_CONFIG="+kept, "CLOUDSDK_CORE_DISABLE_PROMPTS=1")
	a := w.try(environ, "gcloud", "auth", "print-access-token")
	w.wantToken(strings.TrimSpace(a.stdout))
	envtest.Check(t, os.RemoveAll(kept)) // gcloud has kept the token
}

// secretOf is the secret in the path.
func secretOf(environ []string) string {
	for _, v := range environ {
		if at, ok := strings.CutPrefix(v, "GCE_METADATA_HOST="); ok {
			_, secret, _ := strings.Cut(at, "/")
			return secret
		}
	}
	return "no secret"
}

// metadataConfig is docker's folder with the metadata server as the source.
func (w *office) metadataConfig() string {
	w.t.Helper()
	const config = `{"credHelpers":{"` + machine.DockerHost + `":"iam"},"plugins":{"iam":{"serviceAccount":"` + deployer + `","source":"metadata","keystore":"none"}}}`
	envtest.Check(w.t, w.Home.Write("metadata/config.json", []byte(config)))
	return w.Path("metadata")
}

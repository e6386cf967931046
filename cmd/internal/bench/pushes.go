package bench

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"os"
	"os/exec"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/engine"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// pushes is the push of a small image that the registry has: docker's, or where
// no engine can be started that of the demo's registry client, which like docker
// asks the helper that the configuration names.
func (b *bench) pushes(ctx context.Context, token string) ([]command, error) {
	registry := iamtest.NewRegistry(b.iam, iamtest.RegistryOptions{})
	registry.AllowWriter(deployer)
	if err := registry.Start(); err != nil {
		return nil, err
	}
	us, err := b.home("clients-docker", b.iam, b.iam.UserADC(person), testenv.Section{"keystore": b.fastKeystore()}, registry.Host)
	if err != nil {
		return nil, err
	}
	auth := base64.StdEncoding.EncodeToString([]byte("oauth2accesstoken:" + token))
	static, err := b.newHome("clients-static")
	if err == nil {
		err = static.Configure(testenv.Docker{More: map[string]any{"auths": map[string]any{registry.Host: map[string]string{"auth": auth}}}})
	}
	if err != nil {
		return nil, err
	}
	helper, err := b.staticHelper(registry.Host, token)
	if err != nil {
		return nil, err
	}
	ways := []way{
		{"static credential in the configuration, no helper", static.Environ()},
		{"static credential of a helper in two lines of shell", helper},
		{"with us", us.Environ()},
	}
	commands, err := b.dockerPushes(ctx, registry.Host, ways)
	if err == nil {
		return commands, nil
	}
	b.note("clients", "docker push, a registry client instead", err)
	for _, w := range ways {
		commands = append(commands, command{
			name: "image push, " + w.name, args: []string{b.program("credential-iam-demo"), "push", registry.Host + imagePath},
			env: w.env, stdin: os.DevNull, want: "sha256:",
		})
	}
	return commands, nil
}

// way is a way to a credential, and the environment in which a client goes it.
type way struct {
	name string
	env  []string
}

// staticHelper returns an environment in which docker asks the smallest helper there
// can be: what the start of any helper costs a push.
func (b *bench) staticHelper(host, token string) ([]string, error) {
	h, err := b.newHome("clients-static-helper")
	if err != nil {
		return nil, err
	}
	answer := `{"ServerURL":"` + host + `","Username":"oauth2accesstoken","Secret":"` + token + `"}`
	if err := os.WriteFile(b.program("docker-credential-static"), []byte("#!/bin/sh\necho '"+answer+"'\n"), 0o700); err != nil {
		return nil, err
	}
	return h.Environ(), h.Configure(testenv.Docker{Helpers: map[string]string{host: "static"}})
}

const imagePath = "/demo-project/images/app:v1"

// dockerPushes are docker's, by an engine of our own that has pushed the image
// once. Docker goes on without a credential when a helper fails, and the registry
// then denies the push: a push that succeeds has asked the helper.
func (b *bench) dockerPushes(ctx context.Context, host string, ways []way) ([]command, error) {
	docker, at, err := b.startEngine(ctx)
	if err != nil {
		return nil, err
	}
	image, err := oneFile()
	if err != nil {
		return nil, err
	}
	for _, args := range [][]string{{"import", "-", host + imagePath}, {"push", host + imagePath}} {
		cmd := exec.CommandContext(ctx, docker, args...)
		cmd.Env, cmd.Stdin = append(ways[0].env, at), bytes.NewReader(image)
		if err := tell(cmd); err != nil {
			return nil, err
		}
	}
	push := func(name string, env []string) command {
		return command{
			name: name, args: []string{docker, "push", host + imagePath}, env: append(env, at), stdin: os.DevNull,
			want: "Layer already exists",
		}
	}
	var commands []command
	for _, w := range ways {
		commands = append(commands, push("docker push, "+w.name, w.env))
	}
	env, err := b.gcloudHelper(host)
	if err != nil {
		b.note("clients", "docker push, gcloud's helper", err)
		return commands, nil
	}
	gcloud := push("docker push, gcloud's helper", env)
	gcloud.most = fewSlow
	return append(commands, gcloud), nil
}

// startEngine starts an engine that ends with the bench, and returns the client
// and the variable by which the client finds it.
func (b *bench) startEngine(ctx context.Context) (docker, variable string, err error) {
	if docker, err = exec.LookPath("docker"); err != nil {
		return "", "", err
	}
	if _, err := exec.LookPath("dockerd"); err != nil {
		return "", "", err
	}
	if os.Geteuid() != 0 {
		return "", "", errors.New("not root, so no engine")
	}
	e, err := engine.Start(ctx)
	if err != nil {
		return "", "", err
	}
	b.ends = append(b.ends, func() {
		if err := e.Stop(); err != nil {
			b.note("clients", "docker push", err)
		}
	})
	return docker, "DOCKER_HOST=" + e.Host(), nil
}

// oneFile is an image of one small file, as docker import reads it.
func oneFile() ([]byte, error) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	content := []byte("hello\n")
	header := &tar.Header{Name: "hello", Mode: 0o644, Size: int64(len(content)), ModTime: time.Unix(0, 0)}
	if err := w.WriteHeader(header); err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	err := w.Close()
	return archive.Bytes(), err
}

// gcloudHelper returns an environment in which docker asks gcloud's helper. That
// one answers Google's hosts alone, so a line of shell asks it for one of them.
func (b *bench) gcloudHelper(host string) ([]string, error) {
	helper, err := exec.LookPath("docker-credential-gcloud")
	if err != nil {
		return nil, err
	}
	h, err := b.gcloud("clients-gcloud-docker")
	if err != nil {
		return nil, err
	}
	script := "#!/bin/sh\ntest \"$1\" = get || exit 0\nprintf gcr.io | exec '" + helper + "' get\n"
	if err := os.WriteFile(b.program("docker-credential-elsewhere"), []byte(script), 0o700); err != nil {
		return nil, err
	}
	return h.Environ(), h.Configure(testenv.Docker{Helpers: map[string]string{host: "elsewhere"}})
}

package bench

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
)

// peer is another credential helper, set up to answer from what it caches, or
// from the stand-in if it caches nothing.
type peer struct {
	name, program string
	// source is its module, for -peers build; versions are pinned, so that two
	// runs compare.
	source string
	setUp  func(b *bench, path string) (command, error)
}

func allPeers() []peer {
	return []peer{
		{"docker-credential-gcloud", "docker-credential-gcloud", "", (*bench).gcloudDocker},
		{"git-credential-gcloud", "git-credential-gcloud.sh", "", (*bench).gcloudGit},
		{"gke-gcloud-auth-plugin", "gke-gcloud-auth-plugin", "", (*bench).gke},
		{
			"docker-credential-gcr, a key, no call", "docker-credential-gcr",
			"github.com/GoogleCloudPlatform/docker-credential-gcr/v2@v2.1.31", (*bench).gcr,
		},
		{
			"docker-credential-ecr-login", "docker-credential-ecr-login",
			"github.com/awslabs/amazon-ecr-credential-helper/ecr-login/cli/docker-credential-ecr-login@v0.12.0", (*bench).ecr,
		},
		{"docker-credential-secretservice", "docker-credential-secretservice", "", (*bench).secretService},
		{"docker-credential-pass", "docker-credential-pass", "", (*bench).pass},
	}
}

// others measures the peers, each from what it caches.
func (b *bench) others(ctx context.Context) []row {
	b.startSession()
	return b.measure(ctx, "peers", b.options.n, b.peers(ctx, ""))
}

// peers returns the peers that are there, all or one, and notes why the others are not.
func (b *bench) peers(ctx context.Context, only string) []command {
	if b.options.peers == "none" {
		return nil
	}
	var commands []command
	for _, p := range allPeers() {
		if only != "" && p.name != only {
			continue
		}
		path, err := b.find(ctx, p)
		if err != nil {
			b.note("peers", p.name, err)
			continue
		}
		c, err := p.setUp(b, path)
		if err != nil {
			b.note("peers", p.name, err)
			continue
		}
		c.name = p.name
		if c.args == nil {
			c.args = []string{path, "get"}
		}
		commands = append(commands, c)
	}
	return commands
}

// find returns the path of a peer, which it builds if that is wished.
func (b *bench) find(ctx context.Context, p peer) (string, error) {
	if path, err := exec.LookPath(p.program); err == nil {
		return filepath.Abs(path)
	}
	if b.options.peers != "build" || p.source == "" {
		return "", fmt.Errorf("%s is not installed", p.program)
	}
	dir := filepath.Join(b.dir, "peers")
	path := filepath.Join(dir, p.program)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	cmd := exec.CommandContext(ctx, "go", "install", "-trimpath", "-ldflags=-s -w", p.source)
	cmd.Dir = b.dir // outside our module, whose versions must not matter
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOBIN="+filepath.Join(dir, "made"), "GOFLAGS=-mod=mod")
	if err := tell(cmd); err != nil {
		return "", err
	}
	return path, copyAll(filepath.Join(dir, "made"), dir)
}

// gcloud returns the environment in which gcloud impersonates through the
// stand-in.
func (b *bench) gcloud(name string) (*testenv.Home, error) {
	if b.options.peers == "none" {
		return nil, errors.New("no peers were asked for")
	}
	h, err := b.newHome(name)
	if err != nil {
		return nil, err
	}
	maps.Copy(h.Env, map[string]string{
		"CLOUDSDK_CONFIG": h.Path("gcloud"), "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE": h.ADC(),
		"CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT": deployer, "CLOUDSDK_AUTH_TOKEN_HOST": b.iam.Endpoint() + "token",
		"CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS": b.iam.Endpoint(), "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true",
		"CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true", "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
	})
	return h, h.SignIn(b.iam.UserADC(person))
}

// fewSlow is how often a peer runs that takes half a second.
const fewSlow = 8

func (b *bench) gcloudDocker(string) (command, error) {
	h, err := b.gcloud("peer-gcloud-docker")
	if err != nil {
		return command{}, err
	}
	in, err := b.input("docker-gcr", "gcr.io")
	return command{env: h.Environ(), stdin: in, want: `"Secret"`, most: fewSlow}, err
}

func (b *bench) gcloudGit(string) (command, error) {
	h, err := b.gcloud("peer-gcloud-git")
	if err != nil {
		return command{}, err
	}
	in, err := b.input("git-gcloud", "protocol=https\nhost="+gitHost+"\n\n")
	return command{env: h.Environ(), stdin: in, want: "password=", most: fewSlow}, err
}

// gke is no helper of docker or git, but it too caches what gcloud gets.
func (b *bench) gke(path string) (command, error) {
	h, err := b.gcloud("peer-gke")
	if err != nil {
		return command{}, err
	}
	err = os.Mkdir(h.Path(".kube"), 0o700) // it caches there, or not at all
	return command{args: []string{path}, env: h.Environ(), stdin: os.DevNull, want: `"token"`}, err
}

// gcr signs a token with a service account's key and asks nobody. All its other
// ways end at hosts that cannot be redirected to a stand-in.
func (b *bench) gcr(string) (command, error) {
	h, err := b.newHome("peer-gcr")
	if err != nil {
		return command{}, err
	}
	in, err := b.input("docker-gcr", "https://gcr.io")
	return command{
		env: h.Environ("GOOGLE_APPLICATION_CREDENTIALS=" + h.ADC()), stdin: in, want: `"Secret"`,
	}, errors.Join(err, h.SignIn(b.iam.KeyADC(robot)))
}

// ecr talks to an ECR of ours once and caches in a file.
func (b *bench) ecr(path string) (command, error) {
	url, err := b.serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		token := base64.StdEncoding.EncodeToString([]byte("AWS:" + strings.Repeat("x", 1200)))
		_ = json.NewEncoder(w).Encode(map[string]any{"authorizationData": []any{map[string]any{
			"authorizationToken": token, "expiresAt": time.Now().Add(12 * time.Hour).Unix(),
			"proxyEndpoint": "https://123456789012.dkr.ecr.us-east-1.amazonaws.com",
		}}})
	}))
	if err != nil {
		return command{}, err
	}
	in, err := b.input("docker-ecr", "123456789012.dkr.ecr.us-east-1.amazonaws.com")
	return command{
		env: b.plain.Environ("AWS_ENDPOINT_URL_ECR="+url, "AWS_EC2_METADATA_DISABLED=true",
			"AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=example", "AWS_REGION=us-east-1"),
		stdin: in, want: `"Username":"AWS"`, args: []string{path, "get"},
	}, err
}

const storedHost = "https://registry.example.com"

// stored has a helper keep a credential, and asks for it.
func (b *bench) stored(path string, env []string) (command, error) {
	cmd := exec.Command(path, "store")
	cmd.Env = env
	cmd.Stdin = strings.NewReader(`{"ServerURL":"` + storedHost + `","Username":"u","Secret":"` + strings.Repeat("x", 1024) + `"}`)
	if err := tell(cmd); err != nil {
		return command{}, err
	}
	in, err := b.input("docker-stored", storedHost)
	return command{env: env, stdin: in, want: `"Secret":"xxx`}, err
}

func (b *bench) secretService(path string) (command, error) {
	if b.session == nil {
		return command{}, errors.New("there is no Secret Service")
	}
	return b.stored(path, b.plain.Environ("DBUS_SESSION_BUS_ADDRESS="+b.session.Address))
}

// pass makes a key without a passphrase, so that nobody is asked.
func (b *bench) pass(path string) (command, error) {
	h, err := b.newHome("peer-pass")
	if err != nil {
		return command{}, err
	}
	gnupg := h.Path(".gnupg")
	if err := os.Mkdir(gnupg, 0o700); err != nil {
		return command{}, err
	}
	env := h.Environ("GNUPGHOME=" + gnupg)
	b.ends = append(b.ends, func() {
		stop := exec.Command("gpgconf", "--kill", "all")
		stop.Env = env
		_ = stop.Run()
	})
	for _, args := range [][]string{
		{"gpg", "--batch", "--quiet", "--pinentry-mode=loopback", "--passphrase=", "--quick-gen-key", "dev <" + person + ">"},
		{"pass", "init", person},
	} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = env
		if err := tell(cmd); err != nil {
			return command{}, err
		}
	}
	c, err := b.stored(path, env)
	c.most = 20
	return c, err
}

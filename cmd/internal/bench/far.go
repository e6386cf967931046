package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/faraway"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// The hosts of Google's that a first get asks, and that of a CI system.
const (
	tokenHost   = "oauth2.googleapis.com"
	stsHost     = "sts.googleapis.com"
	iamHost     = "iamcredentials.googleapis.com"
	subjectHost = "ci.example.com"
)

// distances are how far away they are, in round trips.
var distances = [...]time.Duration{30 * time.Millisecond, 150 * time.Millisecond}

// far measures the first get of all over networks that take their time, beside gcloud's
// helper and docker-credential-gcr.
func (b *bench) far(ctx context.Context) []row {
	hosts := []string{tokenHost, stsHost, iamHost, subjectHost}
	var commands []command
	for _, away := range distances {
		n, err := faraway.New(ctx, away, hosts...)
		if err != nil {
			b.note("far", away.String(), err)
			return nil
		}
		b.ends = append(b.ends, n.Close)
		l, err := n.Listen("443")
		if err != nil {
			b.note("far", away.String(), err)
			return nil
		}
		b.distant.URL = "https://" + iamHost
		roots, err := b.serveTLS(b.distant, l, hosts...)
		if err != nil {
			b.note("far", away.String(), err)
			return nil
		}
		for _, c := range b.farCommands(ctx, roots) {
			c.name += ", " + away.String()
			c.inside = n.Enter()
			commands = append(commands, c)
		}
	}
	return b.measure(ctx, "far", max(fewest, b.options.n/4), commands)
}

// farCommands are the gets over one network.
func (b *bench) farCommands(ctx context.Context, roots string) []command {
	var commands []command
	for name, make := range map[string]func(string) (command, error){
		"user, first of all": b.farFirst, "user, an hour later": b.farLater, "federation by a CI system, first of all": b.farJob,
		"docker-credential-gcloud, first of all": b.farGcloud, "docker-credential-gcr, first of all": func(roots string) (command, error) { return b.farGcr(ctx, roots) },
	} {
		c, err := make(roots)
		if err != nil {
			b.note("far", name, err)
			continue
		}
		c.name = name
		c.env = append(c.env, "SSL_CERT_FILE="+roots)
		commands = append(commands, c)
	}
	slices.SortFunc(commands, func(a, b command) int { return strings.Compare(b.name, a.name) })
	return commands
}

// farUser is the login of a person, whose tokens are at the host where Google has them.
func (b *bench) farUser(email string) []byte {
	return moved(b.distant.UserADC(email), iamHost, tokenHost)
}

// moved is a credential file with another host.
func moved(doc []byte, from, to string) []byte {
	return bytes.ReplaceAll(doc, []byte(from), []byte(to))
}

func (b *bench) farFirst(string) (command, error) {
	return b.firstGet(b.distant, b.farUser)
}

func (b *bench) farLater(string) (command, error) {
	c, _, err := b.coldGet(kind{name: "later", adc: func(*iamtest.Server) []byte { return b.farUser(person) }}, b.distant, "")
	return c, err
}

// farJob is the get of a job in CI, of which nothing can be cached: its token comes from
// a server of the CI system's.
func (b *bench) farJob(string) (command, error) {
	n := 0
	doc := func(s *iamtest.Server) []byte {
		n++
		job := fmt.Sprint(subject, ":job:", n)
		s.Grant(s.WorkloadPrincipal(job).Email, iamtest.RoleTokenCreator, deployer)
		raw := s.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: job})
		var members map[string]any
		if err := json.Unmarshal(raw, &members); err != nil {
			return nil
		}
		members["token_url"] = strings.Replace(fmt.Sprint(members["token_url"]), iamHost, stsHost, 1)
		from, _ := members["credential_source"].(map[string]any)
		from["url"] = strings.Replace(fmt.Sprint(from["url"]), iamHost, subjectHost, 1)
		raw, _ = json.Marshal(members)
		return raw
	}
	c, h, err := b.coldGet(kind{name: "job", adc: doc}, b.distant, "")
	c.before = func(context.Context) error { return h.SignIn(doc(b.distant)) }
	return c, err
}

// farGcloud has gcloud's cache of tokens removed before each run.
func (b *bench) farGcloud(roots string) (command, error) {
	h, err := b.gcloud("far-gcloud")
	if err != nil {
		return command{}, err
	}
	for _, name := range []string{"CLOUDSDK_AUTH_TOKEN_HOST", "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS"} {
		delete(h.Env, name) // the names of Google's hosts lead to the stand-in here
	}
	h.Env["CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE"] = roots
	path, err := b.find(context.Background(), peer{program: "docker-credential-gcloud"})
	if err == nil {
		err = h.SignIn(b.farUser(person))
	}
	if err != nil {
		return command{}, err
	}
	in, err := b.input("docker-gcr", "gcr.io")
	return command{
		args: []string{path, "get"}, env: h.Environ(), stdin: in, want: `"Secret"`, most: fewSlow,
		before: func(context.Context) error {
			err := os.Remove(filepath.Join(h.Path("gcloud"), "access_tokens.db"))
			if os.IsNotExist(err) {
				return nil
			}
			return err
		},
	}, err
}

// farGcr impersonates as the file of an application default login says, and caches
// nothing.
func (b *bench) farGcr(ctx context.Context, _ string) (command, error) {
	var gcr peer
	for _, p := range allPeers() {
		if p.program == "docker-credential-gcr" {
			gcr = p
		}
	}
	path, err := b.find(ctx, gcr)
	if err != nil {
		return command{}, err
	}
	h, err := b.newHome("far-gcr")
	if err != nil {
		return command{}, err
	}
	doc := b.distant.ImpersonatedADC(b.farUser(person), deployer)
	in, err := b.input("docker-gcr-url", "https://gcr.io")
	if err == nil {
		err = h.SignIn(doc)
	}
	return command{
		args: []string{path, "get"}, env: h.Environ("GOOGLE_APPLICATION_CREDENTIALS=" + h.ADC()), stdin: in, want: `"Secret"`,
	}, err
}

package bench

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/mint"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// kind is a kind of source identity.
type kind struct {
	name   string
	adc    func(s *iamtest.Server) []byte
	values map[string]string
	env    func(s *iamtest.Server) []string
}

// kinds are the sources whose cold start is measured.
func (b *bench) kinds() []kind {
	user := func(s *iamtest.Server) []byte { return s.UserADC(person) }
	token := func(s *iamtest.Server) string { return filepath.Join(b.dir, "subject-"+portOf(s)) }
	return []kind{
		{name: "user", adc: user},
		{name: "service account key", adc: func(s *iamtest.Server) []byte { return s.KeyADC(robot) }},
		{name: "federation, file", adc: func(s *iamtest.Server) []byte {
			if err := os.WriteFile(token(s), []byte(s.SubjectToken(subject)), 0o600); err != nil {
				b.note("cold", "federation", err)
			}
			return s.ExternalADC(iamtest.ExternalOptions{File: token(s), Subject: subject})
		}},
		{name: "impersonating user", adc: func(s *iamtest.Server) []byte { return s.ImpersonatedADC(user(s), robot) }},
		{
			name: "metadata server", values: map[string]string{"source": "metadata"},
			env: func(s *iamtest.Server) []string {
				s.SetMetadataAccount(robot)
				return []string{"GCE_METADATA_HOST=" + s.MetadataHost()}
			},
		},
	}
}

func portOf(s *iamtest.Server) string {
	return strings.Trim(s.URL[strings.LastIndexByte(s.URL, ':')+1:], "/")
}

// cold measures a token that is not cached: from each source, with the source's
// own token cached (an hour later) and, for a user, without (the first get of
// all), near to the API and far away.
func (b *bench) cold(ctx context.Context) []row {
	var commands []command
	for _, s := range []*iamtest.Server{b.iam, b.delayed} {
		away := "0 ms"
		if s == b.delayed {
			away = fmt.Sprint(latency.Milliseconds(), " ms")
		}
		for _, k := range b.kinds() {
			c, _, err := b.coldGet(k, s, away)
			if err != nil {
				b.note("cold", k.name, err)
				continue
			}
			commands = append(commands, c)
		}
		first, err := b.firstGet(s, s.UserADC)
		if err != nil {
			b.note("cold", "first of all", err)
			continue
		}
		first.name = "user, first of all, " + away
		commands = append(commands, first)
	}
	return b.measure(ctx, "cold", max(fewest, b.options.n/4), commands)
}

// coldGet is a get whose cached token is forgotten before each run.
func (b *bench) coldGet(k kind, s *iamtest.Server, away string) (command, *testenv.Home, error) {
	name := "cold-" + strings.ReplaceAll(k.name, " ", "-") + "-" + portOf(s)
	values := testenv.Section{"keystore": b.fastKeystore()}
	maps.Copy(values, k.values)
	var adc []byte
	if k.adc != nil {
		adc = k.adc(s)
	}
	h, err := b.home(name, s, adc, values)
	if err != nil {
		return command{}, nil, err
	}
	var more []string
	if k.env != nil {
		more = k.env(s)
	}
	c := b.dockerGet("", h.Environ(more...))
	c.name = k.name + ", " + away
	c.before = b.prepare(c.env, c.stdin, "docker-credential-iam", "erase")
	return c, h, nil
}

// firstGet is a get as somebody who is new to this machine each time: of him
// nothing can be cached.
func (b *bench) firstGet(s *iamtest.Server, adc func(email string) []byte) (command, error) {
	const newcomer = "new@example.com"
	user := s.User(newcomer)
	s.Grant(newcomer, iamtest.RoleTokenCreator, deployer)
	c, h, err := b.coldGet(kind{name: "first", adc: func(*iamtest.Server) []byte { return adc(newcomer) }}, s, "")
	c.before = func(context.Context) error {
		user.RotateRefreshToken()
		return h.SignIn(adc(newcomer))
	}
	return c, err
}

// prepare returns what runs one of our programs, to prepare a run.
func (b *bench) prepare(env []string, stdin, program string, args ...string) func(context.Context) error {
	return func(ctx context.Context) error {
		in, err := os.Open(stdin)
		if err != nil {
			return err
		}
		defer in.Close()
		cmd := exec.CommandContext(ctx, b.program(program), args...)
		cmd.Env, cmd.Stdin = env, in
		if err := tell(cmd); err != nil {
			return err
		}
		return nil
	}
}

// fastKeystore is the one that cold starts are measured with.
func (b *bench) fastKeystore() string {
	if name, err := b.plain.Keystore(context.Background(), "kernel", "tmpfs"); err == nil {
		return name
	}
	return "keyring"
}

// tls measures the same with certificates to check, which the real API has. The
// core alone is run too: its processor's time is what a mint takes.
func (b *bench) tls(ctx context.Context) []row {
	roots, err := b.overTLS(b.secure)
	if err != nil {
		b.note("tls", "server", err)
		return nil
	}
	var commands []command
	for _, k := range b.kinds()[:2] {
		c, _, err := b.coldGet(k, b.secure, "the whole get")
		if err != nil {
			b.note("tls", k.name, err)
			continue
		}
		c.env = append(c.env, "SSL_CERT_FILE="+roots)
		c.before = b.prepare(c.env, c.stdin, "docker-credential-iam", "erase")
		core, err := b.mintOf(ctx, c)
		if err != nil {
			b.note("tls", k.name, err)
			continue
		}
		core.name = k.name + ", the core's mint"
		commands = append(commands, c, core)
	}
	return b.measure(ctx, "tls", max(fewest, b.options.n/3), commands)
}

// mintOf returns the core's part of a get: what an adapter has it do on a miss.
func (b *bench) mintOf(ctx context.Context, get command) (command, error) {
	getenv := func(name string) string {
		for _, e := range slices.Backward(get.env) {
			if v, ok := strings.CutPrefix(e, name+"="); ok {
				return v
			}
		}
		return ""
	}
	config := config.Load(helper.SystemEnv("bench", getenv, b.stderr))
	t, err := config.Resolve(ctx, helper.Request{Client: host.Docker, Protocol: "https", Host: dockerHost}, nil)
	if err != nil {
		return command{}, err
	}
	version := mint.Version()
	request := wire.Append(nil,
		wire.F("version", &version), wire.F("target", t.Fields()))
	in, err := b.input("request-"+t.Source.Fingerprint[:8], string(request))
	return command{
		args:  []string{b.program("credential-iam"), mint.CommandMint},
		env:   append(slices.Clip(get.env), mint.Processors+"=1"), // as an adapter starts it
		stdin: in, want: `"secret":"ya29.`, core: true,
	}, err
}

// parallel measures gets that miss together.
func (b *bench) parallel(ctx context.Context) []row {
	c, _, err := b.coldGet(b.kinds()[0], b.delayed, "")
	if err != nil {
		b.note("parallel", "home", err)
		return nil
	}
	var rows []row
	var alone float64
	for _, n := range []int{1, 8, 64} {
		r := row{table: "parallel", name: fmt.Sprintf("%d at once", n)}
		for range max(fewest, b.options.n/8) {
			if err = c.before(ctx); err != nil {
				break
			}
			calls := b.calls()
			var wall time.Duration
			if wall, err = b.together(ctx, c, n); err != nil {
				break
			}
			r.samples = append(r.samples, sample{wall: wall, calls: b.calls() - calls})
		}
		if err != nil {
			b.note("parallel", r.name, err)
			continue
		}
		if alone == 0 {
			alone = r.millis()
		}
		for i := range r.samples {
			r.samples[i].ratio = millis(r.samples[i].wall) / alone
		}
		rows = append(rows, r)
	}
	return rows
}

// together runs n of a command at once and returns when the last has ended.
func (b *bench) together(ctx context.Context, c command, n int) (time.Duration, error) {
	c.before = nil
	var wg sync.WaitGroup
	errs := make([]error, n)
	start := time.Now()
	for i := range n {
		wg.Go(func() { errs[i] = check(ctx, c) })
	}
	wg.Wait()
	wall := time.Since(start)
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return wall, nil
}

package bench

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper/mint"
)

// command is one line of a table: a program as a client would run it.
type command struct {
	name  string
	args  []string
	env   []string // the whole environment
	stdin string   // the path of a file
	// want must stand in what the command prints; it is looked for once.
	want string
	// before prepares each run and is not timed.
	before func(ctx context.Context) error
	// most bounds the number of runs, 0 does not.
	most int
	// counted says that its instructions are counted.
	counted bool
	// core says that an adapter starts it.
	core bool
	// inside is what goes before it to run it in another network; it is not timed.
	inside []string
}

// sample is one run of a command.
type sample struct {
	wall, cpu time.Duration
	memory    int // KB
	// calls is the number of exchanges with Google.
	calls int
	// ratio is that to the empty process of the same round, 0 where it did not run.
	ratio float64
}

// budget is how long all runs of one command may take.
const budget = 12 * time.Second

// fewest is how often a command runs whatever it takes: of fewer runs benchstat has
// no confidence interval.
const fewest = 6

// check runs a command once and looks at its output.
func check(ctx context.Context, c command) error {
	if c.before != nil {
		if err := c.before(ctx); err != nil {
			return fmt.Errorf("%s: prepare: %w", c.name, err)
		}
	}
	args := slices.Concat(c.inside, c.args)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	in, err := os.Open(c.stdin)
	if err != nil {
		return err
	}
	defer in.Close()
	cmd.Stdin, cmd.Env, cmd.WaitDelay = in, c.env, time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || !bytes.Contains(out, []byte(c.want)) {
		// What it printed may be a credential, of the stand-in at best.
		said := strings.TrimSpace(string(out) + " " + stderr.String())
		return fmt.Errorf("%s: %w: %.200q does not have %q", c.name, orNotWanted(err), said, c.want)
	}
	return nil
}

func orNotWanted(err error) error {
	if err == nil {
		return errNotWanted
	}
	return err
}

var errNotWanted = fmt.Errorf("not the wanted output")

// run runs a command once by the launcher.
func (b *bench) run(ctx context.Context, c command) (sample, error) {
	if c.before != nil {
		if err := c.before(ctx); err != nil {
			return sample{}, fmt.Errorf("%s: prepare: %w", c.name, err)
		}
	}
	args := slices.Concat(c.inside, []string{b.program("launch"), c.stdin}, c.args)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	var out strings.Builder
	cmd.Env, cmd.WaitDelay, cmd.Stdout = c.env, time.Second, &out
	start := cmd.Start
	if c.core {
		start = func() error { return mint.Start(cmd) } // inherited through the launcher
	}
	err := start()
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil {
		return sample{}, fmt.Errorf("%s: %w", c.name, err)
	}
	return parseSample(c.name, out.String())
}

// parseSample reads the launcher's line.
func parseSample(name, line string) (sample, error) {
	var wall, cpu int64
	var memory, status int
	if _, err := fmt.Sscan(line, &wall, &cpu, &memory, &status); err != nil {
		return sample{}, fmt.Errorf("%s: launcher: %q: %w", name, line, err)
	}
	if status != 0 {
		return sample{}, fmt.Errorf("%s: exit status %d", name, status)
	}
	return sample{wall: time.Duration(wall), cpu: time.Duration(cpu) * time.Microsecond, memory: memory}, nil
}

// runs of one command, as they come in.
type runs struct {
	command
	samples []sample
	spent   time.Duration
	failed  error
}

// measure runs the commands in turn, n rounds and two that do not count, and
// returns a row for each. A command that fails loses its row and is noted. Each
// round has another order: a program that follows a large one finds less of itself
// in the processor's caches.
func (b *bench) measure(ctx context.Context, table string, n int, commands []command) []row {
	all := []*runs{{command: b.empty()}}
	for _, c := range b.working(ctx, table, commands) {
		all = append(all, &runs{command: c})
	}
	for round := range n + 2 {
		b.round(ctx, all, round)
		if round < 2 { // the first ones fill caches
			for _, r := range all {
				*r = runs{command: r.command, failed: r.failed}
			}
		}
	}
	var rows []row
	for _, r := range all {
		if r.failed != nil {
			b.note(table, r.name, r.failed)
			continue
		}
		rows = append(rows, row{table: table, name: r.name, samples: r.samples})
		if r.counted {
			b.counted[table+"/"+r.name] = r.command
		}
	}
	return rows
}

// round runs each command once, unless it has run enough. The first of all is
// the empty process, which the others are then compared with.
func (b *bench) round(ctx context.Context, all []*runs, round int) {
	now := make([]*sample, len(all))
	order := rand.New(rand.NewPCG(uint64(round), 0)) // another one in each round, the same ones in each run
	for _, i := range order.Perm(len(all)) {
		r := all[i]
		if r.failed != nil || r.enough() {
			continue
		}
		calls, start := b.calls(), time.Now()
		s, err := b.run(ctx, r.command)
		r.spent += time.Since(start)
		if err != nil {
			r.failed = err
			continue
		}
		s.calls = b.calls() - calls
		r.samples = append(r.samples, s)
		now[i] = &r.samples[len(r.samples)-1]
	}
	for _, s := range now {
		if s != nil && now[0] != nil {
			s.ratio = float64(s.wall) / float64(now[0].wall)
		}
	}
}

// enough reports whether a command has run often or long enough.
func (r *runs) enough() bool {
	return len(r.samples) >= fewest && r.spent > budget || r.most > 0 && len(r.samples) >= r.most
}

// working returns the commands that do what they should, and notes the others.
func (b *bench) working(ctx context.Context, table string, commands []command) []command {
	var good []command
	for _, c := range commands {
		if err := check(ctx, c); err != nil {
			b.note(table, c.name, err)
			continue
		}
		good = append(good, c)
	}
	return good
}

// empty is the process that all others are compared with.
func (b *bench) empty() command {
	return command{name: emptyName, args: []string{b.program("empty")}, env: b.plain.Environ(), stdin: os.DevNull}
}

const emptyName = "empty Go process"

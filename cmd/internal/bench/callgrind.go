package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// countInstructions counts the instructions that the warm gets take in user
// space, by callgrind. They hardly move between two runs, whatever else the
// machine does, if one thread of Go's scheduler does not wait for another; what
// they do not see is the kernel's part: starting, paging, reading.
func (b *bench) countInstructions(ctx context.Context) {
	valgrind, err := exec.LookPath("valgrind")
	if err != nil {
		b.note("instructions", "callgrind", err)
		return
	}
	for i, r := range b.rows {
		c, ok := b.counted[r.table+"/"+r.name]
		if !ok {
			continue
		}
		n, err := b.count(ctx, valgrind, c)
		if err != nil {
			b.note("instructions", r.name, err)
			continue
		}
		b.rows[i].instructions = n
	}
}

// count runs a command six times, which are enough for benchstat: Go seeds its
// maps again in each, and now and then a scheduler turns a round more.
func (b *bench) count(ctx context.Context, valgrind string, c command) ([]int64, error) {
	var counts []int64
	for i := range 6 {
		log := filepath.Join(b.dir, "callgrind-"+strconv.Itoa(i))
		args := append([]string{"--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-file=" + log}, c.args...)
		cmd := exec.CommandContext(ctx, valgrind, args...)
		in, err := os.Open(c.stdin)
		if err != nil {
			return nil, err
		}
		cmd.Stdin, cmd.Env = in, append(slices.Clone(c.env), "GOMAXPROCS=1")
		err = cmd.Run()
		_ = in.Close()
		if err != nil {
			return nil, fmt.Errorf("callgrind: %w", err)
		}
		text, err := os.ReadFile(log)
		if err != nil {
			return nil, err
		}
		n, err := parseCallgrind(string(text))
		if err != nil {
			return nil, err
		}
		counts = append(counts, n)
	}
	return counts, nil
}

// parseCallgrind returns the number in the log's line "Collected : N".
func parseCallgrind(log string) (int64, error) {
	m := regexp.MustCompile(`(?m)^==\d+== Collected : (\d+)$`).FindStringSubmatch(strings.ReplaceAll(log, "\r", ""))
	if m == nil {
		return 0, fmt.Errorf("callgrind said nothing of what it collected")
	}
	return strconv.ParseInt(m[1], 10, 64)
}

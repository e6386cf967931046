package bench

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// options are the flags.
type options struct {
	n         int
	only      string
	peers     string
	tables    map[string]bool
	table     bool
	svg       string
	readme    string
	callgrind bool
	evict     bool
	limit     time.Duration
}

// tableNames are the tables, in the order in which they are measured.
var tableNames = []string{"warm", "tools", "peers", "exec", "requests", "start", "cold", "tls", "far", "parallel", "clients", "asks", "growth"}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	o := options{tables: map[string]bool{}}
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.IntVar(&o.n, "n", 60, "rounds of the tables of fast commands; slow ones have fewer")
	fs.StringVar(&o.only, "only", "", "tables to measure, of "+strings.Join(tableNames, ",")+" (default all)")
	fs.StringVar(&o.peers, "peers", "installed", "peers to measure: installed, build (through Go's module proxy) or none")
	fs.BoolVar(&o.table, "table", false, "print tables in Markdown instead of a line for each run in the form of Go's benchmarks")
	fs.StringVar(&o.svg, "svg", "", "draw the picture to this `file`")
	fs.StringVar(&o.readme, "readme", "", "put the tables between the marks of this `file`")
	fs.BoolVar(&o.callgrind, "callgrind", true, "count instructions where valgrind is installed")
	fs.BoolVar(&o.evict, "evict", false, "drop the programs from the page cache first, as a boot does")
	fs.DurationVar(&o.limit, "limit", 5*time.Minute, "how long the whole run may take")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if fs.NArg() > 0 || o.n < 1 || !slices.Contains([]string{"installed", "build", "none"}, o.peers) {
		fs.Usage()
		return o, flag.ErrHelp
	}
	names := tableNames
	if o.only != "" {
		names = strings.Split(o.only, ",")
	}
	for _, name := range names {
		if !slices.Contains(tableNames, name) {
			return o, fmt.Errorf("-only %s: want some of %s", name, strings.Join(tableNames, ","))
		}
		o.tables[name] = true
	}
	return o, nil
}

// Run measures and reports what the flags in args ask for: flag.ErrHelp after a
// mistake in them, which is said on stderr.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	b, err := newBench(ctx, o, stderr)
	if err != nil {
		return err
	}
	defer b.close()
	for _, name := range tableNames {
		if o.tables[name] {
			fmt.Fprintln(stderr, "bench: "+name)
			b.rows = append(b.rows, b.tables()[name](ctx)...)
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("stopped before the end: %w (see -limit, -n, -only)", context.Cause(ctx))
	}
	if o.callgrind {
		b.countInstructions(ctx)
	}
	return b.report(o, stdout)
}

// report writes what was asked for.
func (b *bench) report(o options, stdout io.Writer) error {
	text, tables := b.benchmarks(), b.markdown()
	if o.table {
		text = tables
	}
	if _, err := io.WriteString(stdout, text); err != nil {
		return err
	}
	if o.svg != "" {
		if err := os.WriteFile(o.svg, []byte(picture(b.rows)), 0o644); err != nil {
			return err
		}
	}
	if o.readme != "" {
		return replaceTables(o.readme, tables)
	}
	return nil
}

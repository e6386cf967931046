package bench

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// benchmarks returns every run in the form that "go test -bench" prints, a line
// each, for benchstat (golang.org/x/perf):
//
//	BenchmarkWarm/docker_get,_kernel 1 1970000 ns/op 1.44 ratio ...
//
// The ratio is that to the empty process of the same round (for the table
// "parallel", to one alone); cpu-ns/op and rss-B are processor time and the
// largest resident set, of the process and its children.
func (b *bench) benchmarks() string {
	var t strings.Builder
	fmt.Fprintf(&t, "goos: %s\ngoarch: %s\npkg: github.com/credential-iam/credential-iam/cmd/internal/bench\ncpu: %s\ngo: %s\n",
		runtime.GOOS, runtime.GOARCH, processor(), runtime.Version())
	for _, r := range b.rows {
		r.benchmarks(&t)
	}
	t.WriteString("Unit file-B assume=exact\n")
	for _, name := range measured() {
		if st, err := os.Stat(b.program(name)); err == nil {
			fmt.Fprintf(&t, "%s 1 %d file-B\n", benchmarkName("size", name), st.Size())
		}
	}
	return t.String()
}

func (r row) benchmarks(t *strings.Builder) {
	name := benchmarkName(r.table, r.name)
	for _, s := range r.samples {
		fmt.Fprintf(t, "%s 1 %d ns/op", name, s.wall.Nanoseconds())
		if s.ratio > 0 {
			fmt.Fprintf(t, " %.4g ratio", s.ratio)
		}
		if s.cpu > 0 {
			fmt.Fprintf(t, " %d cpu-ns/op %d rss-B", s.cpu.Nanoseconds(), s.memory<<10)
		}
		fmt.Fprintf(t, " %d calls/op\n", s.calls)
	}
	for _, n := range r.instructions {
		fmt.Fprintf(t, "%s 1 %d instructions/op\n", name, n)
	}
}

// benchmarkName is the name of a row as Go has them: BenchmarkTable/row.
func benchmarkName(table, row string) string {
	return "Benchmark" + strings.ToUpper(table[:1]) + table[1:] + "/" + strings.ReplaceAll(row, " ", "_")
}

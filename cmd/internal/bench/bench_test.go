package bench

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What is printed is what benchstat reads: names without blanks, pairs of value and
// unit, a line for each run.
func TestBenchmarks(t *testing.T) {
	b := &bench{dir: t.TempDir(), rows: []row{
		{table: "warm", name: "docker get, kernel", instructions: []int64{670_000, 670_001}, samples: []sample{
			{wall: 1500 * time.Microsecond, cpu: time.Millisecond, memory: 3, ratio: 1.5},
			{wall: 2 * time.Millisecond, cpu: time.Millisecond, memory: 3, ratio: 1.25},
		}},
		{table: "parallel", name: "8 at once", samples: []sample{{wall: time.Second, calls: 1, ratio: 1.3333333}}},
		{table: "cold", name: "empty had run out", samples: []sample{{wall: time.Second, cpu: time.Second, memory: 1, calls: 2}}},
	}}
	want := `BenchmarkWarm/docker_get,_kernel 1 1500000 ns/op 1.5 ratio 1000000 cpu-ns/op 3072 rss-B 0 calls/op
BenchmarkWarm/docker_get,_kernel 1 2000000 ns/op 1.25 ratio 1000000 cpu-ns/op 3072 rss-B 0 calls/op
BenchmarkWarm/docker_get,_kernel 1 670000 instructions/op
BenchmarkWarm/docker_get,_kernel 1 670001 instructions/op
BenchmarkParallel/8_at_once 1 1000000000 ns/op 1.333 ratio 1 calls/op
BenchmarkCold/empty_had_run_out 1 1000000000 ns/op 1000000000 cpu-ns/op 1024 rss-B 2 calls/op
`
	if got := b.benchmarks(); !strings.Contains(got, "\n"+want) || !strings.HasPrefix(got, "goos: ") {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRow(t *testing.T) {
	r := row{instructions: []int64{5, 3, 4}, samples: []sample{
		{wall: time.Millisecond, cpu: time.Second, memory: 7, calls: 1, ratio: 3},
		{wall: 9 * time.Millisecond, memory: 9},
		{wall: 2 * time.Millisecond, memory: 8, calls: 1, ratio: 4},
	}}
	got := []float64{r.millis(), r.cpu(), r.ratio(), float64(r.memory()), r.calls(), float64(r.counted())}
	if want := []float64{2, 0, 3.5, 9, 2. / 3, 3}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if r = (row{}); r.millis() != 0 || r.ratio() != 0 || r.calls() != 0 || r.counted() != 0 {
		t.Error("a row without runs is not 0")
	}
}

func TestParseSample(t *testing.T) {
	s, err := parseSample("x", "1500000 1200 3868 0\n")
	if err != nil || s.wall.Microseconds() != 1500 || s.cpu.Microseconds() != 1200 || s.memory != 3868 {
		t.Errorf("%+v, %v", s, err)
	}
	for _, line := range []string{"", "1 2 3", "1 2 3 1", "a b c d"} {
		if s, err := parseSample("x", line); err == nil {
			t.Errorf("%q: %+v", line, s)
		}
	}
}

func TestParseCallgrind(t *testing.T) {
	n, err := parseCallgrind("==7== Events    : Ir\n==7== Collected : 712345\n==7== \n")
	if err != nil || n != 712345 {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := parseCallgrind("==7== Collected : x\n"); err == nil {
		t.Errorf("%d", n)
	}
}

// A picture is well-formed XML, has every warm row, and longer bars for what
// takes longer.
func TestPicture(t *testing.T) {
	rows := []row{
		{table: "warm", name: emptyName, samples: []sample{{wall: 1200 * time.Microsecond, ratio: 1}}},
		{table: "warm", name: "docker get, <kernel>", samples: []sample{{wall: 1800 * time.Microsecond, ratio: 1.5}}},
		{table: "warm", name: "slow peer", samples: []sample{{wall: 480 * time.Millisecond, ratio: 400}}},
		{table: "cold", name: "not drawn", samples: []sample{{wall: 100 * time.Millisecond, ratio: 80}}},
	}
	for _, drawn := range [][]row{rows, nil, rows[:1]} {
		svg := picture(drawn)
		bars, words := read(t, svg)
		if want := len(pictured(drawn)); len(bars) != want {
			t.Fatalf("%d bars, want %d:\n%s", len(bars), want, svg)
		}
		for i := 1; i < len(bars); i++ {
			if bars[i] <= bars[i-1] {
				t.Errorf("bar %d is not longer than the one before: %v", i, bars)
			}
		}
		for _, r := range drawn {
			if strings.Contains(words, r.name) != (r.table == "warm") {
				t.Errorf("%q: not as wanted in %q", r.name, words)
			}
		}
	}
}

// read returns the widths of the bars and the text of a picture.
func read(t *testing.T, svg string) (bars []float64, words string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return bars, words
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		switch v := token.(type) {
		case xml.CharData:
			words += string(v)
		case xml.StartElement:
			if v.Name.Local == "rect" && attribute(v, "class") != "" {
				bars = append(bars, number(t, attribute(v, "width")))
			}
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestBetween(t *testing.T) {
	page := "# Head\n" + beginMark + "\nold\n" + endMark + "\ntail\n"
	got, err := between(page, "new\n")
	want := "# Head\n" + beginMark + "\n\nnew\n\n" + endMark + "\ntail\n"
	if err != nil || got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	for _, odd := range []string{"", beginMark, endMark + beginMark} {
		if got, err := between(odd, "new\n"); err == nil {
			t.Errorf("%q became %q", odd, got)
		}
	}
}

func TestParseFlags(t *testing.T) {
	o, err := parseFlags([]string{"-only", "warm,cold", "-n", "7"}, io.Discard)
	if err != nil || o.n != 7 || !o.tables["warm"] || !o.tables["cold"] || o.tables["tls"] {
		t.Errorf("%+v, %v", o, err)
	}
	for _, args := range [][]string{{"-only", "hot"}, {"-n", "0"}, {"-peers", "all"}, {"more"}, {"-x"}} {
		if o, err := parseFlags(args, io.Discard); err == nil {
			t.Errorf("%q: %+v", args, o)
		}
	}
}

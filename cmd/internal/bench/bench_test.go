package bench

import (
	"encoding/xml"
	"errors"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVerdict(t *testing.T) {
	around := func(center float64) []float64 { // a sample that spreads by 5 %
		s := make([]float64, 60)
		for i := range s {
			s[i] = center * (1 + 0.1*(float64(i%11)-5)/10)
		}
		return s
	}
	wild := append(around(1.5), 9, 12, 40)
	for _, c := range []struct {
		name     string
		old, now []float64
		want     string
	}{
		{"the same numbers", around(1.5), around(1.5), "same"},
		{"a few outliers", around(1.5), wild, "same"},
		{"within the noise of a machine", around(1.5), around(1.65), "same"},
		{"slower", around(1.5), around(1.8), "slower"},
		{"faster", around(1.8), around(1.5), "faster"},
		{"too few to tell", []float64{1.5, 1.5}, []float64{2.1, 2.1}, "same"},
		{"nothing", nil, around(1), "no data"},
	} {
		if _, got := verdict(c.old, c.now); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestCompare(t *testing.T) {
	ratios := func(v float64) []float64 { return []float64{v, v, v, v, v, v, v, v, v, v, v, v} }
	old := []row{
		{Table: "warm", Name: "kept", Ratios: ratios(1.5), Instructions: 1_000_000},
		{Table: "warm", Name: "gone", Ratios: ratios(2)},
		{Table: "warm", Name: emptyName, Ratios: ratios(1)},
	}
	now := []row{
		{Table: "warm", Name: emptyName, Ratios: ratios(1)},
		{Table: "warm", Name: "kept", Ratios: ratios(3), Instructions: 1_100_000},
		{Table: "cold", Name: "kept", Ratios: ratios(7)},
	}
	got := compare(old, now)
	for _, want := range []string{
		"| warm, kept | 1.50x | 3.00x | +100.0 % | slower | +10.0 %, more |\n",
		"| warm, gone | 2.00x | | | not measured | |\n",
		"| cold, kept | | 7.00x | | new | |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Contains(got, emptyName) {
		t.Errorf("the empty process is compared with itself:\n%s", got)
	}
}

func TestBaselineRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "baseline.json")
	rows := []row{
		{Table: "warm", Name: "a \"b\"", N: 3, Millis: 1.234, Ratios: []float64{1, 1.5, 2}, Instructions: 5},
		{Table: "cold", Name: "nothing"},
	}
	if err := writeBaseline(path, "a machine", rows); err != nil {
		t.Fatal(err)
	}
	got, err := readBaseline(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&baseline{"a machine", rows}, got); diff != "" {
		t.Error(diff)
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
		{Table: "warm", Name: emptyName, Millis: 1.2, Ratios: []float64{1}},
		{Table: "warm", Name: "docker get, <kernel>", Millis: 1.8, Ratios: []float64{1.5}},
		{Table: "warm", Name: "slow peer", Millis: 480, Ratios: []float64{400}},
		{Table: "cold", Name: "not drawn", Millis: 100, Ratios: []float64{80}},
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
			if strings.Contains(words, r.Name) != (r.Table == "warm") {
				t.Errorf("%q: not as wanted in %q", r.Name, words)
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

package bench

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// The picture is bars on a logarithmic scale: one get of ours and one of gcloud
// differ by three hundred times.
const (
	barHeight = 18
	barGap    = 8
	labelSpan = 270
	barSpan   = 430
	topSpan   = 64
)

// pictured are the tables whose rows are drawn.
func pictured(rows []row) []row {
	var some []row
	for _, r := range rows {
		if r.table == "warm" || r.table == "peers" && r.name != emptyName {
			some = append(some, r)
		}
	}
	return some
}

// picture draws how long the warm gets take.
func picture(rows []row) string {
	rows = pictured(rows)
	low, high := math.Inf(1), 0.0
	for _, r := range rows {
		low, high = min(low, r.millis()), max(high, r.millis())
	}
	if len(rows) == 0 || low <= 0 {
		low, high = 1, 10
	}
	from, to := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high*1.01))
	if low >= 0.5 && from < 0 { // the first bar must not be a dot
		from = math.Log10(0.5)
	}
	x := func(ms float64) float64 { return labelSpan + barSpan*(math.Log10(ms)-from)/(to-from) }
	height := topSpan + len(rows)*(barHeight+barGap) + 12
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="Time of one warm get">`+"\n",
		labelSpan+barSpan+110, height, labelSpan+barSpan+110, height)
	s.WriteString(`<style>text{font:13px sans-serif;fill:#24292f}.s{font-size:11px;fill:#57606a}.g{stroke:#d0d7de}.o{fill:#2da44e}.p{fill:#8c959f}.e{fill:#54aeff}</style>` + "\n")
	fmt.Fprintf(&s, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", labelSpan+barSpan+110, height)
	s.WriteString(`<text x="12" y="24" font-weight="bold">One warm get: wall time in milliseconds, logarithmic (x: beside an empty Go process)</text>` + "\n")
	for ms := 1.0; ms <= math.Pow(10, to)*1.001; ms *= 10 {
		if x(ms) < labelSpan {
			continue
		}
		fmt.Fprintf(&s, `<line class="g" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/><text class="s" x="%.1f" y="%d">%g ms</text>`+"\n",
			x(ms), x(ms), topSpan-8, height-8, x(ms)+3, topSpan-10, ms)
	}
	for i, r := range rows {
		y := topSpan + i*(barHeight+barGap)
		fmt.Fprintf(&s, `<text x="%d" y="%d" text-anchor="end">%s</text>`, labelSpan-8, y+barHeight-4, html.EscapeString(r.name))
		fmt.Fprintf(&s, `<rect class="%s" x="%d" y="%d" width="%.1f" height="%d"/>`, class(r.name), labelSpan, y, max(x(r.millis())-labelSpan, 2), barHeight)
		fmt.Fprintf(&s, `<text class="s" x="%.1f" y="%d">%.2f ms, %sx</text>`+"\n", x(r.millis())+6, y+barHeight-5, r.millis(), times(r.ratio()))
	}
	s.WriteString("</svg>\n")
	return s.String()
}

// class tells us, the peers and the empty process apart.
func class(name string) string {
	switch {
	case name == emptyName:
		return "e"
	case strings.HasPrefix(name, "docker get"), strings.HasPrefix(name, "git get"), strings.HasPrefix(name, "git store"):
		return "o"
	}
	return "p"
}

package bench

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
)

// baseline is a run that later ones are compared with.
type baseline struct {
	// Machine is where it was measured, for people.
	Machine string `json:"machine"`
	Rows    []row  `json:"rows"`
}

func readBaseline(path string) (*baseline, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var b baseline
	if err := json.Unmarshal(raw, &b); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &b, nil
}

func writeBaseline(path, machine string, rows []row) error {
	raw, err := json.MarshalIndent(baseline{machine, rows}, "", " ")
	if err != nil {
		return err
	}
	// One line for the ratios of a row, or the file has a thousand.
	return os.WriteFile(path, append(joinNumbers(raw), '\n'), 0o644)
}

// joinNumbers puts arrays of numbers on one line each.
func joinNumbers(raw []byte) []byte {
	var out strings.Builder
	depth := 0
	for line := range strings.Lines(string(raw)) {
		text := strings.TrimSpace(line)
		switch {
		case strings.HasSuffix(text, `"ratios": [`):
			depth = 1
			out.WriteString(strings.TrimRight(line, "\n"))
		case depth == 1 && strings.HasPrefix(text, "]"):
			depth = 0
			out.WriteString(text + "\n")
		case depth == 1:
			out.WriteString(text)
		default:
			out.WriteString(line)
		}
	}
	return []byte(out.String())
}

// What is a change and not noise: ranks that equal programs would show once in a
// thousand runs, a median that moved by more than half of what either sample
// spreads, and by at least a seventh. The last is for two runs of the very same
// programs, whose ratios differ by up to an eighth as a whole, with how the files
// happen to lie in memory: what is finer is for the instructions to tell.
const (
	rare     = 0.001
	least    = 0.15
	leastIns = 0.03 // of instructions, which are repeatable
)

// verdict compares two samples of ratios.
func verdict(old, now []float64) (change float64, word string) {
	if len(old) == 0 || len(now) == 0 {
		return 0, "no data"
	}
	change = median(now)/median(old) - 1
	moved := math.Abs(median(now) - median(old))
	if math.Abs(change) < least || moved <= max(spread(old), spread(now))/2 || mannWhitney(old, now) >= rare {
		return change, "same"
	}
	if change < 0 {
		return change, "faster"
	}
	return change, "slower"
}

// compare returns a table of what changed.
func compare(old, now []row) string {
	var t strings.Builder
	t.WriteString("## Compared with the baseline\n\n| | before | now | change | verdict | instructions |\n|---|---|---|---|---|---|\n")
	seen := map[string]row{}
	for _, r := range old {
		seen[r.Table+"/"+r.Name] = r
	}
	for _, r := range now {
		o, ok := seen[r.Table+"/"+r.Name]
		delete(seen, r.Table+"/"+r.Name)
		if !ok {
			fmt.Fprintf(&t, "| %s, %s | | %.2fx | | new | |\n", r.Table, r.Name, median(r.Ratios))
			continue
		}
		if r.Name == emptyName { // 1 by definition
			continue
		}
		change, word := verdict(o.Ratios, r.Ratios)
		fmt.Fprintf(&t, "| %s, %s | %.2fx | %.2fx | %+.1f %% | %s | %s |\n", r.Table, r.Name, median(o.Ratios), median(r.Ratios), change*100, word, instructions(o, r))
	}
	for _, r := range old {
		if _, ok := seen[r.Table+"/"+r.Name]; ok {
			fmt.Fprintf(&t, "| %s, %s | %.2fx | | | not measured | |\n", r.Table, r.Name, median(r.Ratios))
		}
	}
	return t.String()
}

// instructions says how the number of instructions changed.
func instructions(old, now row) string {
	if old.Instructions == 0 || now.Instructions == 0 {
		return ""
	}
	change := float64(now.Instructions)/float64(old.Instructions) - 1
	word := "same"
	if change <= -leastIns {
		word = "fewer"
	} else if change >= leastIns {
		word = "more"
	}
	return fmt.Sprintf("%+.1f %%, %s", change*100, word)
}

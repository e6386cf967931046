package bench

import (
	"fmt"
	"os"
	"strings"
)

// titles are the headings of the tables, with what one needs to read them.
func titles() map[string]string {
	return map[string]string{
		"warm":     "Warm: the token is cached\n\nWhat docker and git wait for nearly always. Calls are exchanges with Google (a stand-in without latency).",
		"tools":    "Warm: tools beyond docker and git\n\nEach protocol of credential-iam-client beside docker's, from the same cached token.",
		"peers":    "Other helpers, warm\n\nEach from what it caches, if it caches anything; with impersonation where it can be had against the stand-in.",
		"exec":     "A command as the account: credential-iam exec\n\nThe token is cached and the command does nothing. The goal is 30 ms more than the command alone.",
		"requests": "Many programs of Google's library as the account\n\nOne after the other, each of which gets a token of its library. The token is not cached before. Calls are requests to Google.",
		"start":    "Process start: print the version",
		"cold":     "Cold: the token is not cached\n\nThe API answers at once, or after 100 ms for each call. The token of the source identity is cached, but for \"first of all\".",
		"tls":      "Cold over TLS, with the system's roots\n\nProcessor time includes the adapter's and the core's; the core's goal is 8 ms.",
		"growth":   "Hosts and tokens by the thousand\n\nA section and a credHelpers entry for each host: 10,000 of them are a file of 2.2 MB.",
		"far":      "First get over a network of 30 and of 150 ms\n\nEvery packet takes half of that, those of TCP's and of TLS's handshake included; the servers answer at once, and their names are in the file of hosts. The user's and gcr's first get are two exchanges with two hosts, the CI system's three with three.",
		"parallel": "Many at once, cold, the API 100 ms away\n\nThe ratio is to one alone.",
		"clients":  "Whole commands\n\nThe credential is cached. Of a docker push, processor time and memory are the client's and not the engine's.",
		"asks":     "What asks often\n\nHow often git starts the helper is in brackets. The static credential is git's own helper store with a file.",
	}
}

// markdown returns all tables.
func (b *bench) markdown() string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s. %d rounds; medians; x is the ratio to an empty Go process.\n", b.machine(), b.options.n)
	for _, name := range tableNames {
		b.table(&t, name)
	}
	b.sizes(&t)
	if len(b.notes) > 0 {
		t.WriteString("\nNot measured:\n\n")
		for _, n := range b.notes {
			t.WriteString("* " + strings.ReplaceAll(n, b.dir, "TEMP") + "\n")
		}
	}
	return t.String()
}

// table writes one table, if it was measured.
func (b *bench) table(t *strings.Builder, name string) {
	var rows []row
	counted := false
	for _, r := range b.rows {
		if r.table == name {
			rows = append(rows, r)
			counted = counted || r.counted() > 0
		}
	}
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(t, "\n### %s\n\n", titles()[name])
	head, rule := "| | ms | x | processor ms | memory MB | calls | n |", "|---|---:|---:|---:|---:|---:|---:|"
	if counted {
		head, rule = head+" instructions |", rule+"---:|"
	}
	t.WriteString(head + "\n" + rule + "\n")
	for _, r := range rows {
		fmt.Fprintf(t, "| %s | %.2f | %s | %s | %s | %s | %d |", r.name, r.millis(), times(r.ratio()),
			unlessZero("%.1f", r.cpu()), unlessZero("%.1f", float64(r.memory())/1024), calls(r), len(r.samples))
		if counted {
			t.WriteString(" " + unlessZero("%.2f M", float64(r.counted())/1e6) + " |")
		}
		t.WriteString("\n")
	}
}

// times prints a ratio with as many digits as it deserves.
func times(v float64) string {
	if v < 10 {
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

func unlessZero(format string, v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf(format, v)
}

// calls prints the exchanges of one run.
func calls(r row) string {
	n := r.calls()
	if n == float64(int(n)) {
		return fmt.Sprint(int(n))
	}
	return fmt.Sprintf("%.1f", n)
}

// sizes writes the sizes of the programs.
func (b *bench) sizes(t *strings.Builder) {
	t.WriteString("\n### Size of the programs\n\n| | MB |\n|---|---:|\n")
	for _, name := range measured() {
		if st, err := os.Stat(b.program(name)); err == nil {
			fmt.Fprintf(t, "| %s | %.2f |\n", name, float64(st.Size())/1e6)
		}
	}
}

const beginMark, endMark = "<!-- tables: made by .ci/bench -readme -->", "<!-- end of tables -->"

// replaceTables puts the tables between the marks of a file.
func replaceTables(path, text string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	page, err := between(string(raw), text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(page), 0o644)
}

// between returns page with text between its marks.
func between(page, text string) (string, error) {
	head, rest, ok1 := strings.Cut(page, beginMark)
	_, tail, ok2 := strings.Cut(rest, endMark)
	if !ok1 || !ok2 {
		return "", fmt.Errorf("the marks %q and %q are missing", beginMark, endMark)
	}
	return head + beginMark + "\n\n" + text + "\n" + endMark + tail, nil
}

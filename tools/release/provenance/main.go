// Provenance writes the in-toto statement of a release: SLSA's provenance, version
// 1, of every file that SHA256SUMS names. It says what was built from what and how;
// that it is true is for the signature beside it. The same input gives the same bytes.
//
//	provenance -commit SHA -time RFC3339 -module PATH -target release SHA256SUMS
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

func main() {
	commit := flag.String("commit", "", "the commit that was built")
	created := flag.String("time", "", "the commit's time, RFC 3339")
	module := flag.String("module", "", "the Go module's path")
	target := flag.String("target", "", "what was made: release or snapshot")
	flag.Parse()
	if flag.NArg() != 1 || *commit == "" {
		flag.Usage()
		os.Exit(2)
	}
	sums, err := os.ReadFile(flag.Arg(0))
	if err == nil {
		err = write(os.Stdout, string(sums), *commit, *created, *module, *target)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "provenance: "+err.Error())
		os.Exit(1)
	}
}

type digest map[string]string

type resource struct {
	Name   string `json:"name,omitempty"`
	URI    string `json:"uri,omitempty"`
	Digest digest `json:"digest"`
}

// write writes the statement, in the form of in-toto.io/Statement/v1 and
// slsa.dev/provenance/v1.
func write(w io.Writer, sums, commit, created, module, target string) error {
	var subjects []resource
	for line := range strings.Lines(sums) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || len(sum) != 64 {
			return fmt.Errorf("not a line of SHA256SUMS: %q", line)
		}
		subjects = append(subjects, resource{Name: name, Digest: digest{"sha256": sum}})
	}
	if len(subjects) == 0 {
		return fmt.Errorf("SHA256SUMS names no file")
	}
	repository := "https://" + module
	statement := map[string]any{
		"_type":         "https://in-toto.io/Statement/v1",
		"subject":       subjects,
		"predicateType": "https://slsa.dev/provenance/v1",
		"predicate": map[string]any{
			"buildDefinition": map[string]any{
				"buildType":          repository + "/blob/main/.ci/snapshot",
				"externalParameters": map[string]string{"repository": repository, "command": "make " + target},
				"internalParameters": map[string]string{"go": runtime.Version()},
				"resolvedDependencies": []resource{
					{URI: "git+" + repository, Digest: digest{"gitCommit": commit}},
				},
			},
			"runDetails": map[string]any{
				"builder":  map[string]string{"id": repository + "/blob/main/.ci/snapshot"},
				"metadata": map[string]string{"startedOn": created, "finishedOn": created},
			},
		},
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(statement)
}

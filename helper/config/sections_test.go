package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// manySections is a file with a section and a credHelpers entry for each of n hosts, as
// docker writes it.
func manySections(n int) []byte {
	var sections, helpers strings.Builder
	for i := range n {
		fmt.Fprintf(&sections, ",\n\t\t\"iam@h%d.example.com\": {\n\t\t\t\"serviceAccount\": \"a%d@p.iam.gserviceaccount.com\",\n\t\t\t\"token\": \"access\"\n\t\t}", i, i)
		fmt.Fprintf(&helpers, "\t\t\"h%d.example.com\": \"iam\",\n", i)
	}
	return fmt.Appendf(nil, "{\n\t\"auths\": {},\n\t\"credHelpers\": {\n%s\t\t\"gcr.io\": \"iam\"\n\t},\n\t\"plugins\": {\n\t\t\"iam\": {\n\t\t\t\"serviceAccount\": \"base@p.iam.gserviceaccount.com\"\n\t\t}%s\n\t}\n}\n", helpers.String(), sections.String())
}

// BenchmarkOneHost is what an adapter does: it reads the file and asks for one host.
func BenchmarkOneHost(b *testing.B) {
	for _, n := range []int{10, 1000, 10_000} {
		raw := manySections(n)
		for _, name := range []string{"gcr.io", "h7.example.com"} {
			b.Run(fmt.Sprint(n, "/", name), func(b *testing.B) {
				b.SetBytes(int64(len(raw)))
				b.ReportAllocs()
				for b.Loop() {
					c := Parse(helper.Env{Getenv: func(string) string { return "" }}, "config.json", raw)
					if _, err := c.Describe(helper.Request{Client: host.Docker, Protocol: "https", Host: name}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

package services

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// Crates is where the index of the cargo registry is below its host, with a stroke on
// both ends.
const Crates = "/index/"

// Cargo starts a cargo registry with a sparse index (RFC 2789) that has demo 1.0.0 and
// takes what is published.
func Cargo(s *iamtest.Server, account string) (*Service, error) {
	crate, err := tarred(map[string]string{
		"demo-1.0.0/Cargo.toml": "[package]\nname = \"demo\"\nversion = \"1.0.0\"\nedition = \"2021\"\n",
		"demo-1.0.0/src/lib.rs": "",
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Crates+"config.json", func(w http.ResponseWriter, r *http.Request) {
		say(w, object{"dl": "https://" + r.Host + "/crates", "api": "https://" + r.Host, "auth-required": true})
	})
	mux.HandleFunc("GET "+Crates+"de/mo/demo", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, entry("demo", crate))
	})
	mux.HandleFunc("GET /crates/demo/1.0.0/download", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(crate) })
	var published sync.Map // name to line of the index
	mux.HandleFunc("PUT /api/v1/crates/new", func(w http.ResponseWriter, r *http.Request) {
		name, line, err := newCrate(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		published.Store(name, line)
		say(w, object{"warnings": object{"invalid_categories": []string{}, "invalid_badges": []string{}, "other": []string{}}})
	})
	// cargo waits until the index has what it published.
	mux.HandleFunc("GET "+Crates+"{a}/{b}/{name}", func(w http.ResponseWriter, r *http.Request) {
		if line, ok := published.Load(r.PathValue("name")); ok {
			_, _ = io.WriteString(w, line.(string))
			return
		}
		http.NotFound(w, r)
	})
	return start(s, account, kind{challenge: "Cargo", handler: mux})
}

// entry is the line of a crate in the index.
func entry(name string, crate []byte) string {
	return fmt.Sprintf("{\"name\":%q,\"vers\":\"1.0.0\",\"deps\":[],\"cksum\":\"%x\",\"features\":{},\"yanked\":false}\n", name, sha256.Sum256(crate))
}

// newCrate reads what cargo publishes: the length of a JSON text, the text, that of
// the crate and the crate.
func newCrate(r io.Reader) (name, line string, err error) {
	b, err := io.ReadAll(r)
	if err != nil || len(b) < 4 {
		return "", "", errors.Join(err, errors.New("no crate"))
	}
	n := uint64(binary.LittleEndian.Uint32(b))
	if uint64(len(b)) < 8+n {
		return "", "", errors.New("a part of a crate")
	}
	var about struct{ Name string }
	err = json.Unmarshal(b[4:4+n], &about)
	return about.Name, entry(about.Name, b[8+n:]), err
}

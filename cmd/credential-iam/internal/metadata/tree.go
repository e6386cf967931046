package metadata

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
)

// folder is a folder of the metadata server, in order.
type folder []entry

// entry is a folder, a string, a list of strings, or an answer.
type entry struct {
	name  string
	value any
}

// answer is what is made for each request, and no part of a listing in JSON.
type answer func(w http.ResponseWriter, r *http.Request) int

// root returns all that there is.
func (s *Server) root() folder {
	a := s.Account
	project := folder{}
	if a.Number != "" {
		project = append(project, entry{"numeric-project-id", a.Number})
	}
	if a.Project != "" {
		project = append(project, entry{"project-id", a.Project})
	}
	accounts := folder{{"default", s.account()}}
	if a.Email != "" {
		accounts = append(folder{{a.Email, s.account()}}, accounts...)
	}
	return folder{
		{"instance", folder{{"attributes", folder{}}, {"service-accounts", accounts}}},
		{"project", append(folder{{"attributes", folder{}}}, project...)},
		{"universe", folder{{"universe-domain", a.Universe}, {"universe_domain", a.Universe}}},
	}
}

// account returns the folder of a service account.
func (s *Server) account() folder {
	f := folder{{"aliases", []string{"default"}}}
	if s.Account.Email != "" {
		f = append(f, entry{"email", s.Account.Email})
	}
	return append(f, entry{"identity", answer(s.identity)}, entry{"scopes", s.Account.Scopes}, entry{"token", answer(s.token)})
}

// metadata answers a path of the metadata server.
func (s *Server) metadata(w http.ResponseWriter, r *http.Request, path string) int {
	rest, ok := strings.CutPrefix(path, "/computeMetadata")
	if !ok {
		return text(w, http.StatusNotFound, "not found")
	}
	var at any = folder{{"v1", s.root()}}
	for _, name := range strings.FieldsFunc(rest, func(c rune) bool { return c == '/' }) {
		f, ok := at.(folder)
		if !ok {
			return text(w, http.StatusNotFound, "not found")
		}
		if at, ok = f.find(name); !ok {
			return text(w, http.StatusNotFound, "not found")
		}
	}
	if make, ok := at.(answer); ok {
		return make(w, r)
	}
	query := r.URL.Query()
	kind, body := "application/text", plain(at)
	if truth(query.Get("recursive")) || query.Get("alt") == "json" {
		kind, body = "application/json", encoded(at)
	}
	etag := tag(body)
	w.Header().Set("ETag", etag)
	if truth(query.Get("wait_for_change")) && query.Get("last_etag") == etag {
		s.wait(r, query.Get("timeout_sec"))
	}
	return raw(w, http.StatusOK, kind, body)
}

func (f folder) find(name string) (value any, ok bool) {
	for _, e := range f {
		if e.name == name {
			return e.value, true
		}
	}
	return nil, false
}

// truth is how the metadata server reads a switch.
func truth(v string) bool { return strings.EqualFold(v, "true") }

// tag is a value's ETag.
func tag(body []byte) string {
	h := fnv.New64a()
	_, _ = h.Write(body)
	return fmt.Sprintf("%016x", h.Sum64())
}

// plain is a value as text: a folder is the names in it, a line each.
func plain(value any) []byte {
	var b strings.Builder
	switch v := value.(type) {
	case string:
		b.WriteString(v)
	case []string:
		for _, s := range v {
			b.WriteString(s + "\n")
		}
	case folder:
		for _, e := range v {
			b.WriteString(e.name)
			if _, ok := e.value.(folder); ok {
				b.WriteByte('/')
			}
			b.WriteByte('\n')
		}
	}
	return []byte(b.String())
}

// encoded is a value and all below it as JSON.
func encoded(value any) []byte {
	b, _ := json.Marshal(object(value)) // maps, lists and strings alone
	return b
}

func object(value any) any {
	f, ok := value.(folder)
	if !ok {
		return value
	}
	o := map[string]any{}
	for _, e := range f {
		switch v := e.value.(type) {
		case answer:
		case folder:
			o[camel(e.name)] = object(v)
		default:
			o[camel(e.name)] = v
		}
		if n, err := strconv.ParseInt(fmt.Sprint(e.value), 10, 64); err == nil && e.name == "numeric-project-id" {
			o[camel(e.name)] = n
		}
	}
	return o
}

// camel is a name in JSON: project-id is projectId there. An account is named as it is.
func camel(name string) string {
	if strings.Contains(name, "@") {
		return name
	}
	first, rest, _ := strings.Cut(name, "-")
	for part := range strings.SplitSeq(rest, "-") {
		if part != "" {
			first += strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return first
}

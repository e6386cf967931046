package iamtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"strconv"
)

// reply is what an endpoint answers, kept as data so that a Fault can bend it.
type reply struct {
	status int
	json   map[string]any // the body, unless raw is set
	raw    []byte
	kind   string // content type of raw
	header map[string]string
	cut    bool // end the connection in the middle of the body
}

func ok(body map[string]any) reply { return reply{status: http.StatusOK, json: body} }

func text(status int, body string) reply {
	return reply{status: status, raw: []byte(body), kind: "text/plain; charset=utf-8"}
}

// page is a front end's HTML, as Google's load balancers send it.
func page(status int) reply {
	title := fmt.Sprintf("Error %d (%s)", status, http.StatusText(status))
	body := "<!DOCTYPE html>\n<html lang=en>\n<title>" + title + "!!1</title>\n" +
		"<p><b>" + strconv.Itoa(status) + ".</b> <ins>That’s an error.</ins>\n</html>\n"
	return reply{status: status, raw: []byte(body), kind: "text/html; charset=UTF-8"}
}

func notFoundPage(path string) reply {
	r := page(http.StatusNotFound)
	r.raw = append(r.raw, []byte("<p>The requested URL <code>"+html.EscapeString(path)+"</code> was not found on this server.\n")...)
	return r
}

func (r reply) with(name, value string) reply {
	h := maps.Clone(r.header)
	if h == nil {
		h = map[string]string{}
	}
	h[name] = value
	r.header = h
	return r
}

func (r reply) bytes() ([]byte, string) {
	if r.raw != nil || r.json == nil {
		return r.raw, r.kind
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r.json); err != nil {
		panic("stand-in: " + err.Error()) // every reply is made of strings and numbers
	}
	return b.Bytes(), "application/json; charset=UTF-8"
}

func (r reply) write(w http.ResponseWriter) {
	body, kind := r.bytes()
	if kind != "" {
		w.Header().Set("Content-Type", kind)
	}
	for name, value := range r.header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(r.status)
	if !r.cut {
		_, _ = w.Write(body) // a client that is gone needs no answer
		return
	}
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

package services

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// Index is where the Python index is below its host, with a stroke on both ends.
const Index = "/proj/python/"

// index is a Python index (the simple API, PEP 503) that takes uploads.
type index struct {
	mu    sync.Mutex
	files map[string][]byte
}

// Python starts a Python index that has demo 1.0.0 at Index + "simple/" and takes
// uploads at Index.
func Python(s *iamtest.Server, account string) (*Service, error) {
	name, wheel, err := Wheel("demo")
	if err != nil {
		return nil, err
	}
	x := &index{files: map[string][]byte{name: wheel}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Index+"simple/{name}/", x.list)
	mux.HandleFunc("GET "+Index+"files/{file}", x.file)
	mux.HandleFunc("POST "+Index, x.upload)
	return start(s, account, kind{challenge: `Basic realm="python"`, handler: mux})
}

// Wheel makes a package at 1.0.0, and returns its file name and the file.
func Wheel(name string) (string, []byte, error) {
	info := name + "-1.0.0.dist-info/"
	b, err := zipped(map[string]string{
		name + ".py":      "print('" + name + "')\n",
		info + "METADATA": "Metadata-Version: 2.1\nName: " + name + "\nVersion: 1.0.0\n",
		info + "WHEEL":    "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
		info + "RECORD":   name + ".py,,\n" + info + "METADATA,,\n" + info + "WHEEL,,\n" + info + "RECORD,,\n",
	})
	return name + "-1.0.0-py3-none-any.whl", b, err
}

// list lists the files of one package.
func (x *index) list(w http.ResponseWriter, r *http.Request) {
	x.mu.Lock()
	defer x.mu.Unlock()
	page := ""
	for file, content := range x.files {
		if strings.HasPrefix(file, r.PathValue("name")+"-") {
			page += fmt.Sprintf("<a href=\"%sfiles/%s#sha256=%x\">%s</a>\n", Index, file, sha256.Sum256(content), file)
		}
	}
	if page == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html")
	_, _ = io.WriteString(w, "<!DOCTYPE html><html><body>\n"+page+"</body></html>\n")
}

func (x *index) file(w http.ResponseWriter, r *http.Request) {
	x.mu.Lock()
	content, ok := x.files[r.PathValue("file")]
	x.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// upload takes a file as twine sends it.
func (x *index) upload(w http.ResponseWriter, r *http.Request) {
	file, header, err := r.FormFile("content")
	if err != nil || r.FormValue(":action") != "file_upload" {
		http.Error(w, "not an upload", http.StatusBadRequest)
		return
	}
	content, err := io.ReadAll(file)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	x.mu.Lock()
	x.files[header.Filename] = content
	x.mu.Unlock()
}

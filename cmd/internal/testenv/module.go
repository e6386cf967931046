package testenv

import (
	"archive/zip"
	"bytes"
	"io"
)

// ModuleFiles is what a module proxy has of private.example/m at v1.0.0, by path
// below the proxy's own (https://go.dev/ref/mod#goproxy-protocol).
func ModuleFiles(below string) (map[string]string, error) {
	const mod = "module private.example/m\n\ngo 1.24\n"
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	f, err := z.Create("private.example/m@v1.0.0/go.mod")
	if err == nil {
		_, err = io.WriteString(f, mod)
	}
	if err == nil {
		err = z.Close()
	}
	base := below + "/private.example/m/@v/v1.0.0"
	return map[string]string{
		base + ".info": `{"Version":"v1.0.0"}`, base + ".mod": mod, base + ".zip": archive.String(), "/": "", below: "",
	}, err
}

package toolconfig

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// pipSetting reads a line "NAME = VALUE" as Python's configparser does; pip takes "_"
// in a name for "-".
func pipSetting(line string) (name, value string, ok bool) {
	if line == "" || strings.ContainsAny(line[:1], " \t#;[") {
		return "", "", false
	}
	i := strings.IndexAny(line, "=:")
	if i < 0 {
		return "", "", false
	}
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(line[:i])), "_", "-"), strings.TrimSpace(line[i+1:]), true
}

// pipFile is the person's own file (pip's configuration.py: get_configuration_files).
func (w World) pipFile() (string, error) {
	if path := w.Env.Getenv("PIP_CONFIG_FILE"); path != "" {
		if path == "/dev/null" || strings.EqualFold(path, "nul") {
			return "", failure("configure", "pip", "PIP_CONFIG_FILE has pip read no file; nothing was changed", helper.Unset("PIP_CONFIG_FILE"))
		}
		return path, nil
	}
	if runtime.GOOS == "windows" {
		if dir := w.Env.Getenv("APPDATA"); dir != "" {
			return filepath.Join(dir, "pip", "pip.ini"), nil
		}
		return w.home("configure", "AppData", "Roaming", "pip", "pip.ini")
	}
	if runtime.GOOS == "darwin" && w.Env.HomeDir != "" {
		if dir := filepath.Join(w.Env.HomeDir, "Library", "Application Support", "pip"); isFolder(dir) {
			return filepath.Join(dir, "pip.conf"), nil
		}
	}
	if dir := w.Env.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) && runtime.GOOS != "darwin" {
		return filepath.Join(dir, "pip", "pip.conf"), nil
	}
	return w.home("configure", ".config", "pip", "pip.conf")
}

func (pip) read(w World) (*file, error) {
	path, err := w.pipFile()
	if err != nil {
		return nil, err
	}
	f, err := read(path)
	if err != nil {
		return nil, err
	}
	var headers []int
	for i := range f.text {
		line := f.text.line(i)
		if strings.TrimSpace(line) == pipHeader {
			headers = append(headers, i+1)
		}
		if _, _, ok := pipSetting(line); ok && f.text.section(i) == "" {
			return nil, unreadable(f.Path, fmt.Sprintf("line %d is a setting before the first section: write %s in a line above it", i+1, pipHeader))
		}
	}
	if len(headers) > 1 {
		return nil, unreadable(f.Path, fmt.Sprintf("lines %d and %d both begin the section %s: move what is below the second one to the first", headers[0], headers[1], pipHeader))
	}
	return f, nil
}

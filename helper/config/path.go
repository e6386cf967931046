package config

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// Path returns the path of docker's configuration file:
// $DOCKER_CONFIG/config.json, else ~/.docker/config.json (docker/cli,
// cli/config/config.go).
func Path(e helper.Env) string {
	path, _ := locate(e)
	return path
}

// NoPath returns why there is no path: no home folder, or a variable that names no
// folder, or holds a key or a token itself. It is nil where there is one.
func NoPath(e helper.Env) error {
	path, why := locate(e)
	if path != "" {
		return noFolder(e)
	}
	err := &helper.Error{
		Who: helper.User, Op: "find", Object: "docker's configuration file", Code: "config",
		Reason: "there is no home folder", Hint: helper.SetCommand("HOME", "DIR"),
	}
	if why != "" {
		err.Reason, err.Hint = why+": "+helper.NotShown, helper.Unset(why)
	}
	return err
}

// noFolder returns why what DOCKER_CONFIG names is not a folder and cannot become one,
// nil where it is not set or may be one: people name the file in it, or write ~ where no
// shell replaces it.
func noFolder(e helper.Env) error {
	dir := e.Getenv(folderVariable)
	if dir == "" {
		return nil
	}
	dir = filepath.Clean(dir)
	err := &helper.Error{Who: helper.User, Op: "find", Object: "docker's configuration file", Code: "config", Hint: helper.Unset(folderVariable)}
	st, statErr := os.Stat(dir)
	rest, tilde := strings.CutPrefix(dir+"/", "~/")
	switch {
	case statErr == nil && !st.IsDir():
		err.Reason = folderVariable + " names a file; it must be the folder of config.json"
		if filepath.Base(dir) == "config.json" {
			err.Hint = helper.SetCommand(folderVariable, filepath.Dir(dir))
		}
	case statErr != nil && tilde:
		err.Reason = folderVariable + " begins with ~, which a shell replaces only outside quotes"
		if e.HomeDir != "" {
			err.Hint = helper.SetCommand(folderVariable, filepath.Join(e.HomeDir, rest))
		}
	default:
		return nil
	}
	return err
}

// folderVariable names the folder of docker's configuration file.
const folderVariable = "DOCKER_CONFIG"

// locate is Path, and says why it is that file: "DOCKER_CONFIG", or what named the
// home folder, as helper.Env.HomeFrom does. A program that runs as somebody
// else, or without a login, may read another file than the person has written.
func locate(e helper.Env) (path, why string) {
	if dir := e.Getenv(folderVariable); helper.LooksSecret(dir) {
		return "", folderVariable
	} else if dir != "" {
		return filepath.Join(dir, "config.json"), folderVariable
	}
	if e.HomeDir == "" {
		return "", e.HomeFrom
	}
	return filepath.Join(e.HomeDir, ".docker", "config.json"), e.HomeFrom
}

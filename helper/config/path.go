package config

import (
	"path/filepath"

	"github.com/credential-iam/credential-iam/helper"
)

// Path returns the path of docker's configuration file:
// $DOCKER_CONFIG/config.json, else ~/.docker/config.json (docker/cli,
// cli/config/config.go).
func Path(e helper.Env) string {
	path, _ := locate(e)
	return path
}

// NoPath returns why there is no path: no home folder, or a variable that holds a
// key or a token itself. It is nil where there is one.
func NoPath(e helper.Env) error {
	path, why := locate(e)
	if path != "" {
		return nil
	}
	err := &helper.Error{
		Who: helper.User, Op: "find", Object: "docker's configuration file", Code: "config",
		Reason: "there is no home folder", Hint: "export HOME=DIR",
	}
	if why != "" {
		err.Reason, err.Hint = why+": "+helper.NotShown, "unset "+why
	}
	return err
}

// locate is Path, and says why it is that file: "DOCKER_CONFIG", or what named the
// home folder, as helper.Env.HomeFrom does. A program that runs as somebody
// else, or without a login, may read another file than the person has written.
func locate(e helper.Env) (path, why string) {
	if dir := e.Getenv("DOCKER_CONFIG"); helper.LooksSecret(dir) {
		return "", "DOCKER_CONFIG"
	} else if dir != "" {
		return filepath.Join(dir, "config.json"), "DOCKER_CONFIG"
	}
	if e.HomeDir == "" {
		return "", e.HomeFrom
	}
	return filepath.Join(e.HomeDir, ".docker", "config.json"), e.HomeFrom
}

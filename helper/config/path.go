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

// locate is Path, and says why it is that file: "DOCKER_CONFIG", or what named the
// home folder, as helper.Env.HomeFrom does. A program that runs as somebody
// else, or without a login, may read another file than the person has written.
func locate(e helper.Env) (path, why string) {
	if dir := e.Getenv("DOCKER_CONFIG"); dir != "" {
		return filepath.Join(dir, "config.json"), "DOCKER_CONFIG"
	}
	if e.HomeDir == "" {
		return "", ""
	}
	return filepath.Join(e.HomeDir, ".docker", "config.json"), e.HomeFrom
}

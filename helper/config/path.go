package config

import (
	"path/filepath"

	"github.com/credential-iam/credential-iam/helper"
)

// Path returns the path of docker's configuration file:
// $DOCKER_CONFIG/config.json, else ~/.docker/config.json (docker/cli,
// cli/config/config.go).
func Path(e helper.Env) string {
	if dir := e.Getenv("DOCKER_CONFIG"); dir != "" {
		return filepath.Join(dir, "config.json")
	}
	if e.HomeDir == "" {
		return ""
	}
	return filepath.Join(e.HomeDir, ".docker", "config.json")
}

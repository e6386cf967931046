package testenv

import (
	"encoding/json"
	"maps"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// Section is a section of docker's configuration, below plugins.
type Section = map[string]string

// Docker is docker's configuration file.
type Docker struct {
	// Helpers are its credHelpers, by host.
	Helpers map[string]string
	// Plugins are its sections, by name.
	Plugins map[string]Section
	// More is what else is in it.
	More map[string]any
}

// As is the section "iam" of somebody who works as account, with a stand-in for
// Google and a keystore.
func As(account string, s *iamtest.Server, keystore string) Section {
	return Section{"serviceAccount": account, "endpoint": s.Endpoint(), "keystore": keystore}
}

// DockerConfig is the path of docker's configuration file.
func (h *Home) DockerConfig() string { return h.Path(".docker/config.json") }

// Configure writes docker's configuration file.
func (h *Home) Configure(d Docker) error {
	file := map[string]any{}
	if len(d.Plugins) > 0 {
		file["plugins"] = d.Plugins
	}
	if len(d.Helpers) > 0 {
		file["credHelpers"] = d.Helpers
	}
	maps.Copy(file, d.More)
	b, err := json.MarshalIndent(file, "", "\t")
	if err != nil {
		return err
	}
	return h.Write(".docker/config.json", b)
}

// adc is where gcloud keeps a login for programs.
const adc = ".config/gcloud/application_default_credentials.json"

// ADC is the path of the source identity of whoever is signed in.
func (h *Home) ADC() string { return h.Path(h.login) }

// SignIn makes a document the source identity, as "gcloud auth application-default
// login" does.
func (h *Home) SignIn(document []byte) error { return h.Write(h.login, document) }

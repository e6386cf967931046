package source

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/credential-iam/credential-iam/helper"
)

// adc are application default credentials.
var adc = place{name: "adc", find: func(_ context.Context, f Finder, _ string) (helper.Source, error) {
	if s, found, err := findADC(f.Env); found {
		return s, err
	}
	return helper.Source{}, noADC()
}}

// Variable is the variable by which Google's libraries are given a file.
const Variable = helper.ADCVariable

func noADC() error {
	return missing("application default credentials",
		"there is no GOOGLE_APPLICATION_CREDENTIALS, no application_default_credentials.json, no metadata server and no gcloud account", LoginADC)
}

// findADC finds application default credentials as Google's libraries do: the
// variable, gcloud's well-known file, the metadata server.
func findADC(env helper.Env) (s helper.Source, found bool, err error) {
	if path := env.Getenv(Variable); path != "" {
		s, err = fileSource(env, path, Variable, func() (by, fix string) { return Variable, helper.Unset(Variable) })
		return s, true, err
	}
	if path := WellKnown(env); path != "" {
		const name = "application default credentials"
		s, err = fileSource(env, path, name, func() (by, fix string) { return name, LoginADC })
		if !errors.Is(err, fs.ErrNotExist) {
			return s, true, err
		}
	}
	if from := onGoogleCloud(env); from != "" {
		return metadataSource(env, from), true, nil
	}
	return helper.Source{}, false, nil
}

// WellKnown is where gcloud writes application default credentials, "" without a home.
func WellKnown(env helper.Env) string {
	if dir := GcloudDir(env); dir != "" {
		return filepath.Join(dir, "application_default_credentials.json")
	}
	return ""
}

// ADCFile returns the absolute path of the file that application default credentials
// are read from, "" where there is none.
func ADCFile(env helper.Env) string {
	path := env.Getenv(Variable)
	if path == "" {
		path = WellKnown(env)
		if _, err := os.Stat(path); err != nil {
			return ""
		}
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return path
}

package source

import (
	"context"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// metadata is the machine's service account.
var metadata = place{name: "metadata", find: func(_ context.Context, f Finder, _ string) (helper.Source, error) {
	return metadataSource(f.Env, bySource), nil
}}

// metadataSource names the service account that this machine runs as.
func metadataSource(env helper.Env, from string) helper.Source {
	return helper.Source{Kind: "metadata", From: from, Fingerprint: Digest("metadata", env.Getenv("GCE_METADATA_HOST"))}
}

// onGoogleCloud returns by what mark this machine is seen to have a metadata
// server, or "". It looks, it does not call: a probe costs seconds elsewhere.
func onGoogleCloud(env helper.Env) string {
	if env.Getenv("GCE_METADATA_HOST") != "" {
		return "GCE_METADATA_HOST"
	}
	for _, name := range []string{"K_SERVICE", "CLOUD_RUN_JOB", "GAE_SERVICE"} {
		if env.Getenv(name) != "" {
			return name
		}
	}
	b, err := helper.ReadFile("/sys/class/dmi/id/product_name", helper.MaxFile)
	if product := strings.TrimSpace(string(b)); err == nil && (product == "Google" || product == "Google Compute Engine") {
		return "the machine's product name"
	}
	return ""
}

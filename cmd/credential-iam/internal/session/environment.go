package session

import (
	"maps"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// environment is what a session changes in an environment.
type environment struct {
	getenv func(string) (string, bool)
	set    map[string]string
	drop   map[string]bool
}

// lookup returns a reader of an environment in the form of os.Environ.
func lookup(environ []string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, e := range slices.Backward(environ) {
			if v, ok := strings.CutPrefix(e, name+"="); ok {
				return v, true
			}
		}
		return "", false
	}
}

// strangers are the variables that would beat the session, and what they are to.
// Those that our own programs read are in ours.
func strangers() []string {
	return []string{
		// Terraform's provider and its backend, and what took over their names.
		"GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON", "GOOGLE_OAUTH_ACCESS_TOKEN",
		"GOOGLE_BACKEND_CREDENTIALS", "GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT",
		// Python's and Java's libraries would not look for a metadata server.
		"NO_GCE_CHECK", "DEVSHELL_CLIENT_PORT",
	}
}

func ours() []string {
	return []string{
		"GOOGLE_IMPERSONATE_SERVICE_ACCOUNT", "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT",
		"CLOUDSDK_AUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE",
		"CLOUDSDK_AUTH_DISABLE_CREDENTIALS", "CLOUDSDK_CORE_ACCOUNT", "CLOUDSDK_ACTIVE_CONFIG_NAME",
	}
}

// heldToken is the variable that holds a token, which goes into no file on a disk.
const heldToken = "CLOUDSDK_AUTH_ACCESS_TOKEN"

// project sets the project, in place of any other where the person names one.
func (e *environment) project(named, project string) {
	if named != "" {
		e.set["GOOGLE_CLOUD_PROJECT"], e.set["CLOUDSDK_CORE_PROJECT"] = named, named
		for _, other := range []string{"GOOGLE_PROJECT", "GCLOUD_PROJECT", "GCP_PROJECT"} {
			e.drop[other] = true
		}
		return
	}
	for _, name := range []string{"GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"} {
		if v, _ := e.getenv(name); v == "" && project != "" {
			e.set[name] = project
		}
	}
}

// direct keeps requests to the server from a proxy.
func (e *environment) direct(host string) {
	proxied := false
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"} {
		v, _ := e.getenv(name)
		proxied = proxied || v != ""
	}
	if !proxied {
		return
	}
	// Of the two names some programs read the one, some the other.
	lower, hasLower := e.getenv("no_proxy")
	upper, hasUpper := e.getenv("NO_PROXY")
	if !hasLower {
		lower = upper
	}
	if !hasUpper {
		upper = lower
	}
	e.set["no_proxy"], e.set["NO_PROXY"] = joined(lower, host), joined(upper, host)
}

// joined is a list of hosts with one more.
func joined(list, host string) string {
	hosts := strings.Split(list, ",")
	for _, h := range hosts {
		if h = strings.TrimSpace(h); h == "*" || h == host {
			return list
		}
	}
	if strings.TrimSpace(list) == "" {
		return host
	}
	return list + "," + host
}

// changes is what our own programs inside must know: all but what they do not read.
func (e *environment) changes() helper.Changes {
	c := helper.Changes{Set: maps.Clone(e.set), Before: map[string]string{}}
	for name := range e.names() {
		if v, ok := e.getenv(name); ok && !slices.Contains(strangers(), name) {
			c.Before[name] = v
		}
	}
	return c
}

// names are the variables that change.
func (e *environment) names() map[string]bool {
	all := maps.Clone(e.drop)
	for name := range e.set {
		all[name] = true
	}
	return all
}

// apply returns environ with the changes.
func (e *environment) apply(environ []string) []string {
	names := e.names()
	kept := slices.DeleteFunc(slices.Clone(environ), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return names[name]
	})
	for _, name := range slices.Sorted(maps.Keys(e.set)) {
		kept = append(kept, name+"="+e.set[name])
	}
	return kept
}

// tell says under debug what is removed.
func (e *environment) tell(log helper.Log) {
	for _, name := range slices.Sorted(maps.Keys(e.drop)) {
		if _, there := e.getenv(name); there {
			log.Printf("exec: %s is removed: it would go before the account", name)
		}
	}
}

// lines are the changes as a shell reads them: on Windows PowerShell.
func (e *environment) lines() []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(e.drop)) {
		if _, there := e.getenv(name); there {
			all = append(all, helper.ScriptUnset(name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.set)) {
		all = append(all, helper.ScriptSet(name, e.set[name]))
	}
	return all
}

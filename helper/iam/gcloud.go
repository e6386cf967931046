package iam

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

// gcloudLeast is the life that gcloud guarantees of a token that it prints
// without an end: it renews a token that has less (credentials/store.py,
// _CREDENTIALS_EXPIRY_WINDOW).
const gcloudLeast = 5 * time.Minute

// gcloudKept is how long a printed token is kept. It may die earlier; then the
// API answers 401 and it is renewed.
const gcloudKept = 50 * time.Minute

// gcloud is the account of gcloud's active configuration.
type gcloud struct {
	src helper.Source
	// overrides are the variables that decide its token in place of the account.
	overrides []string
}

func (c *Client) openGcloud(s helper.Source) *credential {
	universe := c.env.Getenv("CLOUDSDK_CORE_UNIVERSE_DOMAIN")
	if universe == "" {
		universe = cmp.Or(source.ReadGcloudIn(c.env, cmp.Or(s.Path, source.GcloudDir(c.env))).Properties["core/universe_domain"], helper.DefaultUniverse)
	}
	return &credential{kind: gcloud{s, source.GcloudOverrides(c.env)}, fingerprint: c.printOf(s), universe: universe}
}

func (g gcloud) about() about {
	return about{
		name: "gcloud", principal: g.src.Name, member: "user:EMAIL",
		login: g.login(), rescope: g.login(), rescoper: helper.User,
	}
}

// login is a sign-in, without the variables that would count before it.
func (g gcloud) login() string {
	login := "gcloud auth login" + argument(g.src.Name)
	switch unset := helper.Unset(g.overrides...); {
	case len(g.overrides) == 0:
		return login
	case g.src.Name == "":
		return helper.Then(unset, login)
	default:
		return unset
	}
}

func (g gcloud) refused(f *failure, who, said string, e *helper.Error) {
	refusedLogin(f, who, said, e)
}

// token asks gcloud for a token of its account, without the impersonation that
// gcloud may be configured for: the target names that account. gcloud prints a
// token alone, or with its end at the price of a larger answer; the end matters
// only for a token that is handed out.
func (g gcloud) token(ctx context.Context, c *Client, _ []string, how freshness) (bearer, error) {
	account := g.src.Name
	if how != anyToken {
		args := []string{"config", "config-helper", "--format=json(credential)", "--quiet"}
		if how == renewed {
			args = append(args, "--force-auth-refresh")
		} else {
			args = append(args, "--min-expiry=45m")
		}
		if account != "" {
			args = append(args, "--account="+account)
		}
		if out, err := g.run(ctx, c, args); err == nil {
			if b, ok := readConfigHelper(out); ok {
				return b, nil
			}
		}
	}
	args := []string{"auth", "print-access-token"}
	if account != "" {
		args = append(args, account)
	}
	out, err := g.run(ctx, c, append(args, "--quiet"))
	if err != nil {
		return bearer{}, err
	}
	life := gcloudKept
	if how == newToken {
		life = gcloudLeast
	}
	return bearer{secret: strings.TrimSpace(string(out)), expires: c.env.Now().Add(life), principal: account, stale: how == anyToken}, nil
}

// readConfigHelper reads what gcloud config config-helper prints.
func readConfigHelper(out []byte) (bearer, bool) {
	var reply struct {
		Credential struct {
			AccessToken string    `json:"access_token"`
			TokenExpiry time.Time `json:"token_expiry"`
		} `json:"credential"`
	}
	if json.Unmarshal(out, &reply) != nil || reply.Credential.AccessToken == "" || reply.Credential.TokenExpiry.IsZero() {
		return bearer{}, false
	}
	expires := reply.Credential.TokenExpiry
	return bearer{secret: reply.Credential.AccessToken, expires: expires, issued: expires.Add(-googleLife)}, true
}

// run runs gcloud and returns what it printed.
func (g gcloud) run(ctx context.Context, c *Client, args []string) ([]byte, error) {
	// On Windows gcloud is a batch file, whose arguments a shell reads again.
	if strings.HasPrefix(g.src.Name, "-") || strings.ContainsFunc(g.src.Name, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"'&|<>^%!()`, r)
	}) {
		return nil, g.failure("its account is not a name", "gcloud auth list")
	}
	path, err := exec.LookPath("gcloud")
	if err != nil || !filepath.IsAbs(path) {
		return nil, g.failure("gcloud is not on PATH", sourcesHelp)
	}
	cmd := c.command(ctx, path, args...)
	cmd.Env = append(cmd.Environ(),
		"CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT=", // empty switches the property off
		"CLOUDSDK_CORE_DISABLE_PROMPTS=1",
		"CLOUDSDK_CORE_DISABLE_FILE_LOGGING=1", // its logs may contain what must not be written
		"CLOUDSDK_CORE_LOG_HTTP=false",
		"CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=1")
	if filepath.IsAbs(g.src.Path) {
		cmd.Env = append(cmd.Env, "CLOUDSDK_CONFIG="+g.src.Path)
		cmd.Dir = filepath.VolumeName(g.src.Path) + string(filepath.Separator)
	}
	out, errs, err := run(cmd)
	if ctx.Err() != nil {
		return nil, &failure{offline: true, fatal: true, message: "gcloud did not answer in time", cause: ctx.Err()}
	}
	if err != nil {
		why := gcloudReason(errs)
		var exit *exec.ExitError
		if why == "" && errors.As(err, &exit) {
			why = "gcloud ended with " + exit.ProcessState.String()
		} else if why == "" {
			why = "gcloud could not be run"
		}
		if len(g.overrides) > 0 {
			why += "; its token is decided by " + strings.Join(g.overrides, " and ")
		}
		fail := g.failure(why, g.login())
		if strings.Contains(why, "onnection") || strings.Contains(why, "Max retries") {
			fail.local.Unreachable, fail.local.Code, fail.local.Hint = true, "unreachable", ""
		}
		return nil, fail
	}
	return out, nil
}

// gcloudReason returns gcloud's own sentence, without its prefix and what
// follows it.
func gcloudReason(stderr []byte) string {
	for line := range strings.Lines(string(stderr)) {
		if rest, ok := strings.CutPrefix(line, "ERROR: "); ok {
			if _, after, ok := strings.Cut(rest, ") "); ok && strings.HasPrefix(rest, "(") {
				rest = after
			}
			return clean(rest, nil)
		}
	}
	return ""
}

func (g gcloud) failure(reason, hint string) *failure {
	return &failure{fatal: true, local: &helper.Error{
		Who: helper.User, Op: "get access token of", Object: g.src.String(), Reason: reason, Hint: hint, Code: "sign-in",
	}}
}

func argument(s string) string {
	if s == "" {
		return ""
	}
	return " " + helper.ShellWord(s)
}

package gitconfig

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// Settings returns the http.* settings that count for a URL, by their names in lower
// case, as git itself chooses them.
func (g Git) Settings(ctx context.Context, dir, url string) (map[string]string, error) {
	out, err := g.Run(ctx, dir, "config", "--null", "--get-urlmatch", "http", sample(url))
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	settings := map[string]string{}
	for record := range strings.SplitSeq(string(out), "\x00") {
		name, value, ok := strings.Cut(record, "\n")
		if !ok {
			value = "true"
		}
		if name, ok := strings.CutPrefix(strings.ToLower(name), "http."); ok {
			settings[name] = value
		}
	}
	return settings, nil
}

// none reports whether git found nothing: its exit code is then 1.
func none(err error) bool {
	var e *exitError
	return errors.As(err, &e) && e.code == 1 && e.text == ""
}

// Rewritten returns what git makes of a URL by url.*.insteadOf. It may hold a
// password.
func (g Git) Rewritten(ctx context.Context, dir, url string) (string, error) {
	out, err := g.Run(ctx, dir, "ls-remote", "--get-url", url)
	return strings.TrimRight(string(out), "\r\n"), err
}

// Headers returns the entries of http.extraHeader that git sends to a URL: an empty
// one forgets those before it, and one of a pattern that says less than that of an
// earlier one does not count.
func (g Git) Headers(ctx context.Context, entries []Entry, url string) ([]Entry, error) {
	var headers []Entry
	var best place
	for _, e := range entries {
		if e.Section != "http" || e.Name != "extraheader" {
			continue
		}
		p := parse(e.URL)
		if e.URL == "" {
			p = place{}
		} else if ok, err := g.matches(ctx, e.URL, url); err != nil {
			return nil, err
		} else if !ok {
			continue
		}
		if p.less(best) {
			continue
		}
		best = p
		if e.Value == "" {
			headers = nil
			continue
		}
		headers = append(headers, e)
	}
	return headers, nil
}

// less reports whether a pattern says less than another that matches the same URL.
func (p place) less(q place) bool {
	if len(p.host) != len(q.host) {
		return len(p.host) < len(q.host)
	}
	if len(p.path) != len(q.path) {
		return len(p.path) < len(q.path)
	}
	return p.user == "" && q.user != ""
}

// matches has git say whether the http settings of a pattern count for a URL.
func (g Git) matches(ctx context.Context, pattern, url string) (bool, error) {
	dir, err := os.MkdirTemp("", "credential-iam-*")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "config")
	if err := os.WriteFile(file, []byte("[http "+quoted(pattern)+"]\n\tx = 1\n"), 0o600); err != nil {
		return false, err
	}
	out, err := g.Run(ctx, "", "config", "--file", file, "--get-urlmatch", "http.x", sample(url))
	if none(err) {
		return false, nil
	}
	return len(out) > 0, err
}

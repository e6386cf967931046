package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper/issuer"
)

// issue is an Issuer of one function.
type issue func(context.Context, issuer.Request, issuer.Identity) (issuer.Credential, error)

func (f issue) Issue(ctx context.Context, r issuer.Request, id issuer.Identity) (issuer.Credential, error) {
	return f(ctx, r, id)
}

func answer(secret string, life time.Duration) (issuer.Credential, error) {
	return issuer.Credential{Username: "u", Secret: issuer.NewSecret(secret), Expires: time.Now().Add(life)}, nil
}

func fixed(c issuer.Credential) issue {
	return func(context.Context, issuer.Request, issuer.Identity) (issuer.Credential, error) { return c, nil }
}

func fails(err error) issue {
	return func(context.Context, issuer.Request, issuer.Identity) (issuer.Credential, error) {
		return issuer.Credential{}, err
	}
}

// issuers are those that use the package as they should.
func issuers() map[string]issue {
	soon := time.Now().Add(time.Hour)
	with := func(user, secret string, expires time.Time) issue {
		return fixed(issuer.Credential{Username: user, Secret: issuer.NewSecret(secret), Expires: expires})
	}
	return map[string]issue{
		"good":       good,
		"methods":    methods,
		"world":      world,
		"expired":    with("u", "s3cret", time.Now().Add(-90*time.Second)),
		"noexpiry":   with("u", "s3cret", time.Time{}),
		"empty":      with("u", "", soon),
		"largest":    with("u", strings.Repeat("s", 16<<10), soon),
		"oversized":  with("u", strings.Repeat("s", 16<<10+1), soon),
		"control":    with("u", "s3cret\npassword=other", soon),
		"delete":     with("u", "s3cret\x7f", soon),
		"user-colon": with("u:v", "s3cret", soon),
		"user-line":  with("u\nquit=1", "s3cret", soon),
		"user-long":  with(strings.Repeat("u", 2000), "s3cret", soon),
		"bearer":     fixed(issuer.Credential{Secret: issuer.NewSecret("s3cret"), Expires: soon, Bearer: true}),
		"crash":      func(context.Context, issuer.Request, issuer.Identity) (issuer.Credential, error) { panic("ouch") },
		"exit": func(context.Context, issuer.Request, issuer.Identity) (issuer.Credential, error) {
			os.Exit(0)
			return issuer.Credential{}, nil
		},
		"hang":       func(context.Context, issuer.Request, issuer.Identity) (issuer.Credential, error) { select {} },
		"plain":      fails(errors.New("the moon\nis \x1b[31mfull")),
		"user":       fails(fmt.Errorf("around: %w", issuer.UserError("no region", "export REGION=eu"))),
		"admin":      fails(&issuer.Error{Who: "administrator", Reason: "role does not trust you", Hint: "aws iam x", Unreachable: true}),
		"children":   children,
		"escapee":    escapee,
		"chatty":     chatty,
		"tattletale": tattletale,
		"identity":   identity,
		"swallow":    swallow,
		"loop":       loop,
	}
}

func good(ctx context.Context, r issuer.Request, id issuer.Identity) (issuer.Credential, error) {
	t, err := id.IDToken(ctx, "https://"+r.Host)
	if err != nil {
		return issuer.Credential{}, err
	}
	return issuer.Credential{Username: "u", Secret: t.Secret, Expires: t.Expires}, nil
}

// methods calls all four and answers what they said.
func methods(ctx context.Context, _ issuer.Request, id issuer.Identity) (issuer.Credential, error) {
	a, err1 := id.AccessToken(ctx, "scope-a", "scope-b")
	i, err2 := id.IDToken(ctx, "aud")
	b, err3 := id.SignBlob(ctx, []byte("blob\x00"))
	j, err4 := id.SignJWT(ctx, []byte(`{"sub":"x"}`))
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return issuer.Credential{}, err
	}
	out, err := json.Marshal(map[string]any{
		"access": a.Secret.Reveal(), "id": i.Secret.Reveal(), "blob": b.Signed, "jwt": string(j.Signed),
		"keys": []string{b.KeyID, j.KeyID}, "life": time.Until(a.Expires).Seconds(),
	})
	if err != nil {
		return issuer.Credential{}, err
	}
	return answer(string(out), time.Hour)
}

// world answers all that it sees.
func world(_ context.Context, r issuer.Request, _ issuer.Identity) (issuer.Credential, error) {
	dir, _ := os.Getwd()
	line, _ := io.ReadAll(io.LimitReader(os.NewFile(3, "three"), 4))
	st, err := os.Stat(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"))
	if err != nil {
		return issuer.Credential{}, err
	}
	out, err := json.Marshal(map[string]any{
		"env": os.Environ(), "dir": dir, "args": os.Args, "request": r, "three": len(line), "sockets": st.Mode().String(),
	})
	if err != nil {
		return issuer.Credential{}, err
	}
	return answer(string(out), time.Hour)
}

// children leaves a child behind.
func children(_ context.Context, r issuer.Request, _ issuer.Identity) (issuer.Credential, error) {
	cmd := exec.Command("/bin/sleep", "300")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return issuer.Credential{}, err
	}
	if r.Options["hang"] != "" {
		if err := os.WriteFile(r.Options["hang"], fmt.Appendf(nil, "%d %d", os.Getpid(), cmd.Process.Pid), 0o600); err != nil {
			return issuer.Credential{}, err
		}
		if r.Options["then"] == "exit" {
			os.Exit(1)
		}
		select {}
	}
	return answer(fmt.Sprint(os.Getpid(), " ", cmd.Process.Pid), time.Hour)
}

func chatty(ctx context.Context, _ issuer.Request, id issuer.Identity) (issuer.Credential, error) {
	t, err := id.AccessToken(ctx)
	if err != nil {
		return issuer.Credential{}, err
	}
	for _, w := range []io.Writer{os.Stdout, os.Stderr} {
		fmt.Fprintf(w, "got \x1b[31m%s\n", t.Secret.Reveal())
		fmt.Fprintln(w, "jwt eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln end")
		for i := range 1000 {
			fmt.Fprintln(w, "line", i, strings.Repeat("y", 1000))
		}
	}
	return answer("s3cret-answer", time.Hour)
}

// tattletale puts a secret into its error.
func tattletale(ctx context.Context, _ issuer.Request, id issuer.Identity) (issuer.Credential, error) {
	t, err := id.AccessToken(ctx)
	if err != nil {
		return issuer.Credential{}, err
	}
	return issuer.Credential{}, issuer.UserError("bad token "+t.Secret.Reveal(), "curl -H "+t.Secret.Reveal())
}

// identity passes on what the identity said.
func identity(ctx context.Context, _ issuer.Request, id issuer.Identity) (issuer.Credential, error) {
	_, err := id.SignBlob(ctx, []byte("x"))
	return issuer.Credential{}, fmt.Errorf("sign: %w", err)
}

// swallow makes an error of its own of it.
func swallow(ctx context.Context, _ issuer.Request, id issuer.Identity) (issuer.Credential, error) {
	_, err := id.IDToken(ctx, "a")
	return issuer.Credential{}, issuer.UserError("no luck: "+err.Error(), "true")
}

func loop(ctx context.Context, _ issuer.Request, id issuer.Identity) (issuer.Credential, error) {
	for {
		if _, err := id.AccessToken(ctx); err != nil {
			return issuer.Credential{}, err
		}
	}
}

package adaptertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/mint"
	"github.com/credential-iam/credential-iam/keystore"
)

// Core is how the core behaves.
type Core struct {
	// Lifetime is that of tokens, an hour if it is zero.
	Lifetime time.Duration
	// Denied has the core refuse, Down be unable to reach the API, and Hangs answer
	// never.
	Denied, Down, Hangs bool
	// Username and Bearer are what an issuer plugin says of its credential.
	Username string
	Bearer   bool
}

// The files in the core's own folder by which it is told what to do, and tells what
// it was asked.
const (
	behaviour = "behaviour"
	asked     = "asked"
)

// Main runs a package's tests. As "credential-iam mint" the test's own binary is
// the core.
func Main(m *testing.M) {
	if len(os.Args) == 2 && filepath.Base(os.Args[0]) == mint.Program {
		os.Exit(core(filepath.Dir(os.Args[0]), os.Args[1]))
	}
	if len(os.Args) == 2 && (os.Args[1] == mint.CommandMint || os.Args[1] == mint.CommandRenew) {
		// The core by another name than its link's: to run the tests here would have
		// each of them start the tests again, without end.
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func (c Core) format() []byte {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // it has no field that could fail
	}
	return b
}

// core is the core's main.
func core(dir, command string) int {
	if command != mint.CommandMint {
		return 0 // a renewal, which no test waits for
	}
	var c Core
	if b, err := os.ReadFile(filepath.Join(dir, behaviour)); err == nil && json.Unmarshal(b, &c) != nil {
		return 1
	}
	err := mint.Serve(context.Background(), os.Stdin, os.Stdout, func(context.Context, helper.Target, []string) helper.Minter {
		return minter{c, dir}
	})
	if err != nil {
		return 1
	}
	return 0
}

type minter struct {
	Core
	dir string
}

// Mint makes a token that tells whose it is.
func (m minter) Mint(_ context.Context, t helper.Target) (helper.Token, error) {
	f, err := os.OpenFile(filepath.Join(m.dir, asked), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return helper.Token{}, err
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, "%s %s %s://%s/%s\n", t.Token, t.ServiceAccount, t.Protocol, t.Host, t.Path); err != nil {
		return helper.Token{}, err
	}
	switch {
	case m.Hangs:
		time.Sleep(time.Minute)
	case m.Denied:
		return helper.Token{}, &helper.Error{Who: helper.Admin, Op: "mint access token for", Object: t.ServiceAccount, Reason: "permission denied", Hint: "gcloud grant", Code: "permission-denied"}
	case m.Down:
		return helper.Token{}, &helper.Error{Who: helper.User, Op: "mint access token for", Object: t.ServiceAccount, Reason: "nobody answers", Code: "unreachable", Unreachable: true}
	}
	life := m.Lifetime
	if life == 0 {
		life = time.Hour
	}
	now := time.Now()
	return helper.Token{
		Secret: keystore.NewSecret(fmt.Sprintf("%s.%s.%d", t.Token, t.ServiceAccount, now.UnixNano())), Issued: now, Expires: now.Add(life),
		Username: m.Username, Bearer: m.Bearer, Fingerprint: t.Source.Fingerprint,
	}, nil
}

package keystore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

// A program opens the best back end of the machine; a test uses NewMemory.
func ExampleOpen() {
	ctx := context.Background()
	choice, err := keystore.Open(ctx, "auto", keystore.Options{Getenv: os.Getenv, Now: time.Now})
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("keystore %s: %s", choice.Name(), choice.Why)
}

func ExampleStore() {
	ctx := context.Background()
	var store keystore.Store = keystore.NewMemory(time.Now)
	key := keystore.NewKey("access", "deployer@proj.iam.gserviceaccount.com", "digest-of-what-decides-the-token")

	_, err := store.Get(ctx, key)
	fmt.Println(errors.Is(err, keystore.ErrNotFound))

	now := time.Now()
	if err := store.Put(ctx, key, keystore.Entry{
		Secret: keystore.NewSecret("ya29.token"), Issued: now, Expires: now.Add(time.Hour),
	}); err != nil {
		log.Print(err) // costs time, never the token
	}
	entry, err := store.Get(ctx, key)
	fmt.Println(entry.Secret, entry.Secret.Reveal(), err)
	// Output:
	// true
	// REDACTED ya29.token <nil>
}

// Of many processes that need the same secret, one makes it.
func ExampleLocks_Lock() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	locks, err := keystore.OpenLocks(os.Getenv)
	if err != nil {
		log.Print(err) // then each process makes its own
		return
	}
	release, err := locks.Lock(ctx, keystore.NewKey("access", "", "digest"))
	if err != nil {
		log.Print(err)
		return
	}
	defer release()
	// Look again, make the secret, put it.
}

func ExampleSecret() {
	s := keystore.NewSecret("ya29.token")
	text, err := json.Marshal(map[string]any{"token": s})
	fmt.Printf("%v %q %s %v\n", s, s, text, err)
	// Output: REDACTED REDACTED {"token":"REDACTED"} <nil>
}

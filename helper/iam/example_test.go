package iam_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/keystore"
)

const account = "deployer@demo-project.iam.gserviceaccount.com"

// google starts the stand-in for Google, in which a user may impersonate the
// account, and returns the account as the target of calls: the user's credential
// file is the source identity. With the real API, Endpoint is
// https://iamcredentials.googleapis.com/.
func google() (target helper.Target, closeAll func()) {
	server, err := iamtest.NewServer(iamtest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	server.User("you@example.com")
	server.ServiceAccount(account)
	server.ServiceAccount("reader@demo-project.iam.gserviceaccount.com")
	server.Grant(account, "roles/iam.serviceAccountTokenCreator", "reader@demo-project.iam.gserviceaccount.com")
	server.Grant("you@example.com", "roles/iam.serviceAccountTokenCreator", account)
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	file := filepath.Join(dir, "application_default_credentials.json")
	if err := os.WriteFile(file, server.UserADC("you@example.com"), 0o600); err != nil {
		log.Fatal(err)
	}
	return helper.Target{
			ServiceAccount: account,
			Source:         helper.Source{Kind: "file", Path: file},
			Endpoint:       server.Endpoint(),
		}, func() {
			server.Close()
			_ = os.RemoveAll(dir)
		}
}

func ExampleClient_Mint() {
	target, closeAll := google()
	defer closeAll()

	client := iam.New(iam.Options{Source: iam.ApplicationDefault()})
	target.Token = helper.Access
	target.Scopes = []string{helper.DefaultScope}
	target.Lifetime = 15 * time.Minute
	token, err := client.Mint(context.Background(), target)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Secret) // Reveal returns the token itself
	fmt.Println(time.Until(token.Expires) > 14*time.Minute)
	// Output:
	// REDACTED
	// true
}

func ExampleClient_Mint_idToken() {
	target, closeAll := google()
	defer closeAll()

	client := iam.New(iam.Options{})
	target.Token = helper.ID
	target.Audience = "https://service-1234.a.run.app"
	target.IncludeEmail = true
	token, err := client.Mint(context.Background(), target)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("Authorization: Bearer", token.Secret)
	// Output: Authorization: Bearer REDACTED
}

// A store caches the source identity's own token, so that further calls cost one
// exchange each. Minted tokens are not cached by the client.
func ExampleNew_store() {
	target, closeAll := google()
	defer closeAll()

	choice, err := keystore.Open(context.Background(), "auto", keystore.Options{Getenv: os.Getenv})
	if err != nil {
		log.Fatal(err)
	}
	client := iam.New(iam.Options{Store: choice})
	target.Token, target.Scopes = helper.Access, []string{helper.DefaultScope}
	if _, err := client.Mint(context.Background(), target); err != nil {
		log.Fatal(err)
	}
}

func ExampleClient_SignBlob() {
	target, closeAll := google()
	defer closeAll()

	client := iam.New(iam.Options{})
	signature, err := client.SignBlob(context.Background(), target, []byte("release 1.2.3"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(signature.Bytes), "bytes by", signature.Account)
	// Output: 256 bytes by deployer@demo-project.iam.gserviceaccount.com
}

func ExampleClient_SignJWT() {
	target, closeAll := google()
	defer closeAll()

	client := iam.New(iam.Options{})
	claims := fmt.Sprintf(`{"iss": %q, "sub": %q, "aud": "https://api.example.com"}`, account, account)
	signed, err := client.SignJWT(context.Background(), target, []byte(claims))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(signed.JWT, "by", signed.Account)
	// Output: REDACTED by deployer@demo-project.iam.gserviceaccount.com
}

// A self-signed JWT of the account, for an audience that knows its key.
func ExampleClient_Mint_jwt() {
	target, closeAll := google()
	defer closeAll()

	client := iam.New(iam.Options{})
	target.Token = helper.JWT
	target.Audience = "https://api.example.com"
	target.Lifetime = 10 * time.Minute
	token, err := client.Mint(context.Background(), target)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("Authorization: Bearer", token.Secret)
	// Output: Authorization: Bearer REDACTED
}

// The chain starts with the account that the source identity may impersonate.
func ExampleClient_Mint_delegates() {
	target, closeAll := google()
	defer closeAll()

	client := iam.New(iam.Options{})
	target.Delegates = []string{account}
	target.ServiceAccount = "reader@demo-project.iam.gserviceaccount.com"
	target.Scopes = []string{"https://www.googleapis.com/auth/devstorage.read_only"}
	token, err := client.Mint(context.Background(), target)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Secret)
	// Output: REDACTED
}

// Every error says who must act, and the command that fixes it.
func ExampleClient_Mint_denied() {
	target, closeAll := google()
	defer closeAll()

	client := iam.New(iam.Options{})
	target.ServiceAccount = "other@demo-project.iam.gserviceaccount.com"
	target.Token, target.Scopes = helper.Access, []string{helper.DefaultScope}
	_, err := client.Mint(context.Background(), target)
	var e *helper.Error
	if errors.As(err, &e) {
		fmt.Println(e.Who, e.Code)
		fmt.Println(e.Hint)
	}
	// Output:
	// user not-found
	// gcloud iam service-accounts list --project=demo-project
}

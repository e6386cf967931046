package iam_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"golang.org/x/oauth2"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/keystore"
)

func ExampleApplicationDefault() {
	target, closeAll := google()
	defer closeAll()
	getenv := func(name string) string { // os.Getenv, in your program
		return map[string]string{"GOOGLE_APPLICATION_CREDENTIALS": target.Source.Path}[name]
	}

	client := iam.New(iam.Options{
		Env:    helper.Env{Getenv: getenv}, // leave it out for the environment of your process
		Source: iam.ApplicationDefault(),
	})
	token, err := client.Mint(context.Background(), helper.Target{
		ServiceAccount: account,
		Scopes:         []string{helper.DefaultScope},
		Endpoint:       target.Endpoint, // leave it out for Google's
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Secret)
	// Output: REDACTED
}

func ExampleCredentialsFile() {
	target, closeAll := google()
	defer closeAll()
	path := target.Source.Path

	client := iam.New(iam.Options{Source: iam.CredentialsFile(path)})
	target.Source, target.Scopes = helper.Source{}, []string{helper.DefaultScope}
	token, err := client.Mint(context.Background(), target)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Secret)
	// Output: REDACTED
}

// With a store in memory the source identity's own token is asked for once an hour.
func ExampleCredentialsJSON() {
	target, closeAll := google()
	defer closeAll()
	document, err := os.ReadFile(target.Source.Path)
	if err != nil {
		log.Fatal(err)
	}

	client := iam.New(iam.Options{Source: iam.CredentialsJSON(document), Store: keystore.NewMemory(time.Now)})
	target.Source = helper.Source{}
	signature, err := client.SignBlob(context.Background(), target, []byte("release 1.2.3"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(signature.Bytes), "bytes by", signature.Account)
	// Output: 256 bytes by deployer@demo-project.iam.gserviceaccount.com
}

func ExampleTokenSource() {
	server, err := iamtest.NewServer(iamtest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	server.User("you@example.com")
	server.ServiceAccount(account)
	server.Grant("you@example.com", "roles/iam.serviceAccountTokenCreator", account)
	// What your program has already: any oauth2.TokenSource.
	var yours oauth2.TokenSource = oauth2.StaticTokenSource(&oauth2.Token{
		AccessToken: server.AccessToken("you@example.com", time.Hour, helper.DefaultScope),
	})

	client := iam.New(iam.Options{Source: iam.TokenSource(yours)})
	token, err := client.Mint(context.Background(), helper.Target{
		ServiceAccount: account, Token: helper.ID, Audience: "https://service-1234.a.run.app",
		IncludeEmail: true, OrganizationNumber: true, Endpoint: server.Endpoint(),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Secret)
	// Output: REDACTED
}

// Some calls may take longer than others, wait longer and be traced.
func ExampleClient_With() {
	target, closeAll := google()
	defer closeAll()

	client := iam.New(iam.Options{UserAgent: "deploy/1.4"})
	patient := client.With(iam.Call{
		Timeout: 3 * time.Minute,
		Retry:   &iam.Retry{Attempts: 20, Pause: time.Second, MaxPause: 30 * time.Second},
		Header:  http.Header{"X-Cloud-Trace-Context": {"105445aa7843bc8bf206b12000100000/1"}},
	})
	target.Scopes = []string{helper.DefaultScope}
	token, err := patient.Mint(context.Background(), target)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Secret)
	// Output: REDACTED
}

// A parameter that cannot be used, the API's no, and a service that was down until
// the end of the attempts are three types.
func Example_errors() {
	target, closeAll := google()
	defer closeAll()

	client := iam.New(iam.Options{})
	for _, name := range []string{"", account, "other@demo-project.iam.gserviceaccount.com"} {
		target.ServiceAccount, target.Scopes = name, []string{helper.DefaultScope}
		_, err := client.Mint(context.Background(), target)
		var parameter *iam.ParameterError
		var api *iam.APIError
		var spent *iam.RetryError
		switch {
		case errors.As(err, &parameter):
			fmt.Println("bad", parameter.Parameter)
		case errors.As(err, &spent):
			fmt.Println("down,", spent.Attempts, "attempts")
		case errors.As(err, &api):
			fmt.Println(api.HTTPStatus, api.Status)
		case err == nil:
			fmt.Println("a token")
		}
	}
	// Output:
	// bad serviceAccount
	// a token
	// 404 NOT_FOUND
}

//go:build linux

package sdk

import (
	"context"
	"fmt"

	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/auth/credentials/idtoken"
	"cloud.google.com/go/compute/metadata"
	"golang.org/x/oauth2/google"
)

// ask asks a library of Google's for Go.
func ask(ctx context.Context, library string, args []string) (string, error) {
	switch library {
	case "oauth2":
		c, err := google.FindDefaultCredentials(ctx, scope)
		if err != nil {
			return "", err
		}
		t, err := c.TokenSource.Token()
		if err != nil {
			return "", err
		}
		return t.AccessToken, nil
	case "auth":
		c, err := credentials.DetectDefault(&credentials.DetectOptions{Scopes: []string{scope}})
		if err != nil {
			return "", err
		}
		t, err := c.Token(ctx)
		if err != nil {
			return "", err
		}
		return t.Value, nil
	case "project":
		return metadata.ProjectIDWithContext(ctx)
	case "email":
		return metadata.EmailWithContext(ctx, "default")
	case "idtoken":
		c, err := idtoken.NewCredentials(&idtoken.Options{Audience: args[0]})
		if err != nil {
			return "", err
		}
		t, err := c.Token(ctx)
		if err != nil {
			return "", err
		}
		return t.Value, nil
	}
	return "", fmt.Errorf("no library %q", library)
}

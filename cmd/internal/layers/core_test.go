package layers

import (
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
)

// TestCore keeps what only the demo and the tests need out of the program that
// handles credentials.
func TestCore(t *testing.T) {
	forbidden := map[string]string{
		"github.com/credential-iam/credential-iam/helper/iam/iamtest":       "the stand-in for Google makes tokens for everyone; the demo is a program of its own",
		"github.com/credential-iam/credential-iam/helper/issuer/issuertest": "it stands in for an identity",
		"github.com/credential-iam/credential-iam/keystore/keystoretest":    "it is for tests",
		"github.com/google/go-containerregistry":                            "nothing here pushes images; the demo does",
		"net/http/cgi":                                                      "nothing here serves git; the demo does",
		"net/http/httptest":                                                 "it is for tests",
	}
	for _, core := range programs.Of(programs.Core) {
		mustNotLink(t, core, forbidden)
	}
}

package source

import (
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// Account returns the service account that the identity impersonates by itself,
// "" where it does not. A URL that names no account gives "" too; what is wrong
// with it is said when a token is made.
func (d *Document) Account() string {
	_, name, _ := strings.Cut(d.Text("service_account_impersonation_url"), "/serviceAccounts/")
	name, _, _ = strings.Cut(strings.ReplaceAll(name, "%40", "@"), ":")
	if name == "" || helper.CheckServiceAccount(name) != nil {
		return ""
	}
	return name
}

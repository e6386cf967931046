package doctor

import (
	"os"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestIdentity breaks the way from the person to the account.
func TestIdentity(t *testing.T) {
	for _, c := range []broken{
		{name: "no role", spoil: func(_ *testing.T, m *machine) {
			m.google.Revoke(testenv.Person, iamtest.RoleTokenCreator, testenv.Deployer)
		}, check: "impersonate $DEPLOYER", result: "error", fix: "gcloud iam service-accounts add-iam-policy-binding"},
		{name: "no role in the chain", config: `{"credHelpers":{"gcr.io":"iam"},"plugins":{"iam":{$SECTION,"delegates":"` + testenv.Auditor + `"}}}`,
			spoil: func(_ *testing.T, m *machine) {
				m.google.Revoke(testenv.Person, iamtest.RoleTokenCreator, testenv.Deployer)
			}, check: "impersonate $DEPLOYER", result: "error", fix: "--member=serviceAccount:" + testenv.Auditor},
		{name: "the API is disabled", spoil: func(_ *testing.T, m *machine) { m.google.DisableAPI() },
			check: "impersonate $DEPLOYER", result: "error", fix: "gcloud services enable"},
		{name: "the account is disabled", spoil: func(_ *testing.T, m *machine) { m.google.ServiceAccount(testenv.Deployer).Disable() },
			check: "impersonate $DEPLOYER", result: "error", fix: "gcloud iam service-accounts enable"},
		{name: "not logged in", spoil: func(t *testing.T, m *machine) { envtest.Check(t, os.Remove(m.ADC())) },
			check: "source", result: "error", fix: "gcloud auth application-default login"},
		{name: "a login that was revoked", spoil: func(_ *testing.T, m *machine) { m.google.User(testenv.Person).RotateRefreshToken() },
			check: "impersonate $DEPLOYER", result: "error", fix: "gcloud auth application-default login"},
		{name: "a variable that leads nowhere", spoil: func(_ *testing.T, m *machine) { m.Env["GOOGLE_APPLICATION_CREDENTIALS"] = "/nowhere" },
			check: "source", result: "error", fix: "unset GOOGLE_APPLICATION_CREDENTIALS"},
		{name: "a source that is not there", config: `{"credHelpers":{"gcr.io":"iam"},"plugins":{"iam":{$SECTION,"source":"file:/nowhere"}}}`,
			editor: `edit s,file:/nowhere,adc, "$1"`, check: "source", result: "error", fix: "EDITOR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t)
			m.addGcloud(t)
			c.run(t, m)
		})
	}
}

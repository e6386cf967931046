package iam

import (
	"fmt"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestEndless has each server that is ever asked answer without an end. The mint ends
// within its time, with an error, and has read a bounded part.
func TestEndless(t *testing.T) {
	const (
		// budget is the mint's time, and attempt that of one attempt.
		budget, attempt = 5 * time.Second, time.Second
		// most is what five attempts read at most, and what the buffers of the system
		// hold of what is not read.
		most = 5 * (2*maxReply + 8<<20)
	)
	api := func(token helper.Kind) func(w *world) helper.Target {
		return func(w *world) helper.Target {
			target := w.target(w.s.KeyADC(builder), deployer)
			if target.Token = token; token != helper.Access {
				target.Audience = audienceA
			}
			return target
		}
	}
	doc := func(doc func(w *world) []byte) func(w *world) helper.Target {
		return func(w *world) helper.Target { return w.target(doc(w), deployer) }
	}
	federation := doc(func(w *world) []byte { return w.s.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: "job"}) })
	aws := func(w *world) helper.Target {
		w.env["AWS_REGION"] = "us-east-1"
		return w.target(w.s.ExternalADC(iamtest.ExternalOptions{AWS: true}), deployer)
	}
	for name, c := range map[string]struct {
		method string
		skip   int
		setup  func(w *world) helper.Target
	}{
		"access token":            {"generateAccessToken", 0, api(helper.Access)},
		"ID token":                {"generateIdToken", 0, api(helper.ID)},
		"JWT":                     {"signJwt", 0, api(helper.JWT)},
		"token endpoint":          {"token", 0, doc(func(w *world) []byte { return w.s.UserADC(alice) })},
		"token endpoint of a key": {"token", 0, func(w *world) helper.Target { return w.target(w.s.KeyADC(builder), "") }},
		"workforce login":         {"oauthtoken", 0, doc(func(w *world) []byte { return w.s.ExternalUserADC("bob") })},
		"STS":                     {"sts", 0, federation},
		"subject's URL":           {"subject", 0, federation},
		"Azure":                   {"subject", 0, doc(func(w *world) []byte { return w.s.ExternalADC(iamtest.ExternalOptions{Azure: true}) })},
		"AWS session":             {"aws", 0, aws},
		"AWS role":                {"aws", 1, aws},
		"AWS keys":                {"aws", 2, aws},
		"AWS container": {"aws", 0, func(w *world) helper.Target {
			w.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = w.s.URL + iamtest.AWSContainerURI("role")
			return aws(w)
		}},
		"universe of the machine": {"metadata", 0, func(w *world) helper.Target {
			w.env["GCE_METADATA_HOST"] = w.s.MetadataHost()
			w.s.SetMetadataAccount(builder)
			return w.sourceTarget(helper.Source{Kind: "metadata"}, deployer)
		}},
		"token of the machine": {"metadata", 1, func(w *world) helper.Target {
			w.env["GCE_METADATA_HOST"] = w.s.MetadataHost()
			w.s.SetMetadataAccount(builder)
			return w.sourceTarget(helper.Source{Kind: "metadata"}, deployer)
		}},
	} {
		for _, endless := range []iamtest.Endless{iamtest.EndlessBody, iamtest.EndlessDrip, iamtest.EndlessPacked, iamtest.EndlessHeaders, iamtest.EndlessInterim} {
			for _, status := range []int{200, 403, 503} {
				if status != 200 && endless != iamtest.EndlessBody && endless != iamtest.EndlessPacked {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s %d", name, endless, status), func(t *testing.T) {
					w := newWorld(t)
					target := c.setup(w)
					// The real transports, which bound what the library reads.
					w.c = New(Options{Env: w.c.env, Store: w.store})
					w.c.limits.total, w.c.limits.attempt, w.c.limits.early, w.c.limits.firstPause = budget, attempt, 0, time.Millisecond
					w.s.Fail(iamtest.Fault{Method: c.method, Skip: c.skip, Times: iamtest.Always, Status: status, Endless: endless})
					if endless == iamtest.EndlessDrip { // which nothing but the time ends
						w.c.limits.attempt = 100 * time.Millisecond
					}
					start := time.Now()
					_, err := w.c.Mint(t.Context(), target)
					if took := time.Since(start); took > budget+time.Minute {
						t.Errorf("took %s, the budget is %s", took, budget)
					}
					e := helper.AsError(err)
					if err == nil || e.Code == "" {
						t.Fatalf("got %v", err)
					}
					n := w.s.Streamed()
					if n == 0 || n > most {
						t.Errorf("%d bytes were sent, want some and at most %d: %v", n, most, err)
					}
				})
			}
		}
	}
}

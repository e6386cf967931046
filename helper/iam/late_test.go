package iam

import (
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestAsleep has the machine sleep for two hours after it asked, and read the reply then:
// its token has ended, and another is asked for.
func TestAsleep(t *testing.T) {
	for _, token := range []helper.Kind{helper.Access, helper.ID} {
		w := newWorld(t)
		method := "generateAccessToken"
		target := w.target(w.s.UserADC(alice), deployer)
		if target.Token = token; token == helper.ID {
			method, target.Audience = "generateIdToken", audienceA
		}
		w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
		now := func() time.Time {
			if w.s.Calls(method) > 0 {
				return time.Now().Add(2 * time.Hour)
			}
			return time.Now()
		}
		w.c.env.Now = now
		tok := w.mint(target)
		if n, left := w.s.Calls(method), tok.Expires.Sub(now()); n != 2 || (left-time.Hour).Abs() > time.Minute {
			t.Errorf("%s: %d calls, %s left, want a second call's token", token, n, left)
		}
	}
}

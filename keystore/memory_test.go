package keystore_test

import (
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
	"github.com/credential-iam/credential-iam/keystore/keystoretest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	keystoretest.Run(t, func(*testing.T) keystore.Store { return keystore.NewMemory(time.Now) })
}

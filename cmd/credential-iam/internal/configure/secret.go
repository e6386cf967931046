package configure

import (
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/record"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

// secret reports whether the value that a setting had may be one, which is neither
// recorded nor shown: an issuer plugin takes options of any kind.
func secret(s record.Setting) bool {
	return s.Old != nil && (helper.LooksSecret(*s.Old) || s.Key[0] == plugins && strings.HasPrefix(s.Key[2], issuerOption))
}

// withoutSecrets is the text that was read, for people to look at.
func (f *edited) withoutSecrets() []byte {
	d, err := dockerconfig.Parse(f.file.Raw)
	if err != nil { // it was parsed before
		return nil
	}
	for _, s := range f.settings() {
		switch {
		case !secret(s):
		case s.Key[0] == plugins:
			d.SetKey(s.Key[1], s.Key[2], "REDACTED")
		default:
			d.SetHelper(s.Key[1], "REDACTED")
		}
	}
	return d.Redacted(config.IsSection)
}

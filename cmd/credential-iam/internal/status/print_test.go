package status

import "testing"

// TestSource names whom status cannot ask for an e-mail.
func TestSource(t *testing.T) {
	for want, s := range map[string]Source{
		"dev@example.com (authorized_user, file /a.json)":                           {Source: "file /a.json", Type: "authorized_user", Principal: "dev@example.com"},
		"e-mail unknown until a token is requested (authorized_user, file /a.json)": {Source: "file /a.json", Type: "authorized_user"},
		"the machine's service account (metadata)":                                  {Source: "metadata", Type: "metadata"},
	} {
		if got := s.String(); got != want {
			t.Errorf("%+v: %q", s, got)
		}
	}
}

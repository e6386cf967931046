package iam

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// maxToken is the largest token that is believed.
const maxToken = 16 << 10

// slack is by how much a token may outlive what was asked for: rounding, and
// the time that the reply was on its way.
const slack = 2 * time.Minute

// idTokenLife is fixed by the API.
const idTokenLife = time.Hour

var errReply = errors.New("the reply is not what the API promises")

// goodToken reports whether s can be a token: printable ASCII without spaces,
// and not too long. Anything else could break out of a header or a line.
func goodToken(s string) bool {
	if s == "" || len(s) > maxToken {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// expiry converts the end of a token from the server's clock to the local one.
// date is the reply's Date header; without it the clocks are assumed to agree. now is
// when the reply was asked for: the token may end a little too early, and never too
// late, however long the reply was on its way.
func expiry(end, date, now time.Time, asked time.Duration) (time.Time, error) {
	if date.IsZero() {
		date = now
	}
	life := end.Sub(date)
	switch {
	case life <= 0:
		return time.Time{}, errors.New("it holds a token that has already expired")
	case life > asked+slack:
		return time.Time{}, errors.New("it holds a token that lives longer than was asked for")
	}
	return now.Add(life), nil
}

// checkAccess checks the reply of generateAccessToken.
func checkAccess(token, expireTime string, date, now time.Time, asked time.Duration) (time.Time, error) {
	if !goodToken(token) {
		return time.Time{}, errors.New("it holds no usable token")
	}
	if expireTime == "" {
		return time.Time{}, errors.New("it does not say when the token expires")
	}
	end, err := time.Parse(time.RFC3339, expireTime)
	if err != nil {
		return time.Time{}, errors.New("it does not say when the token expires")
	}
	return expiry(end, date, now, asked)
}

// claims are the claims of a JWT that are checked.
type claims struct {
	Issuer   string      `json:"iss"`
	Subject  string      `json:"sub"`
	Email    string      `json:"email"`
	Audience audience    `json:"aud"`
	Expires  json.Number `json:"exp"`
}

// audience is one string or several (RFC 7519, 4.1.3).
type audience []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(a))
}

// payload returns the middle of a JWT. The signature is not verified: the token
// came over TLS from its signer, and its audience verifies it.
func payload(token string) ([]byte, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || slices.Contains(parts, "") {
		return nil, errors.New("it holds no JWT")
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, errors.New("it holds no JWT")
	}
	return raw, nil
}

// parseClaims returns the claims of a JWT.
func parseClaims(token string) (claims, error) {
	var c claims
	raw, err := payload(token)
	if err == nil && json.Unmarshal(raw, &c) != nil {
		err = errors.New("it holds a JWT whose claims cannot be read")
	}
	return c, err
}

// checkID checks an ID token: for the audience, of the account.
func checkID(token string, t helper.Target, account string, date, now time.Time) (time.Time, error) {
	if !goodToken(token) {
		return time.Time{}, errors.New("it holds no usable token")
	}
	c, err := parseClaims(token)
	if err != nil {
		return time.Time{}, err
	}
	if !slices.Equal(c.Audience, audience{t.Audience}) {
		return time.Time{}, errors.New("it holds an ID token for another audience")
	}
	if strings.Contains(account, "@") {
		if t.IncludeEmail && c.Email == "" || c.Email != "" && !strings.EqualFold(c.Email, account) {
			return time.Time{}, errors.New("it has an ID token of another account")
		}
	} else if c.Subject != account {
		return time.Time{}, errors.New("it has an ID token of another account")
	}
	end, err := c.Expires.Int64()
	if err != nil {
		return time.Time{}, errors.New("it holds an ID token without an end")
	}
	return expiry(time.Unix(end, 0), date, now, idTokenLife)
}

// checkSigned checks that a signed JWT says what was to be signed, and nothing
// that was not said.
func checkSigned(token, sent string) error {
	if len(token) > maxToken+len(sent)*2 || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("it holds no usable JWT")
	}
	raw, err := payload(token)
	if err != nil {
		return err
	}
	want, err := canonical([]byte(sent))
	if err != nil {
		return err
	}
	got, err := canonical(raw)
	if err != nil || got != want {
		return errors.New("it holds a JWT with other claims than were sent")
	}
	return nil
}

// canonical returns a JSON object in one form.
func canonical(raw []byte) (string, error) {
	var members map[string]any
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if err := d.Decode(&members); err != nil || members == nil {
		return "", errors.New("it is not a JSON object")
	}
	if d.More() {
		return "", errors.New("it is more than one JSON object")
	}
	out, err := json.Marshal(members)
	return string(out), err
}

// checkKeyID wants the plain word that key ids are.
func checkKeyID(id string) error {
	if id == "" || len(id) > 200 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("it names no key")
	}
	return nil
}

// badReply is the failure of a success that cannot be used.
func badReply(host string, err error) error {
	return &failure{host: host, fatal: true, message: fmt.Sprintf("its reply is refused: %v", err)}
}

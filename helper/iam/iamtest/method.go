package iamtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
)

// body is the union of the four request messages.
type body struct {
	Delegates                  []string `json:"delegates"`
	Scope                      []string `json:"scope"`
	Lifetime                   string   `json:"lifetime"`
	Audience                   string   `json:"audience"`
	IncludeEmail               bool     `json:"includeEmail"`
	OrganizationNumberIncluded bool     `json:"organizationNumberIncluded"`
	Payload                    string   `json:"payload"`
}

// method is one of the API's methods.
type method struct {
	name       string // as in the proto: GenerateAccessToken
	permission string
	fields     []string // which of body's fields it takes
	do         func(*Server, *request, *Account, body) reply
}

func methodOf(verb string) (method, bool) {
	switch verb {
	case "generateAccessToken":
		return method{"GenerateAccessToken", PermAccessToken, []string{"delegates", "scope", "lifetime"}, (*Server).generateAccessToken}, true
	case "generateIdToken":
		fields := []string{"delegates", "audience", "includeEmail", "organizationNumberIncluded"}
		return method{"GenerateIdToken", PermIDToken, fields, (*Server).generateIDToken}, true
	case "signBlob":
		return method{"SignBlob", PermSignBlob, []string{"delegates", "payload"}, (*Server).signBlob}, true
	case "signJwt":
		return method{"SignJwt", PermSignJWT, []string{"delegates", "payload"}, (*Server).signJwt}, true
	}
	return method{}, false
}

const namePrefix = "/v1/projects/"

// splitName takes the account and the verb out of a path; ok also tells that
// the project is "-".
func splitName(path string) (account, verb string, ok bool) {
	rest, ok := strings.CutPrefix(path, namePrefix)
	if !ok {
		return "", "", false
	}
	project, rest, ok := strings.Cut(rest, "/serviceAccounts/")
	if !ok {
		return "", "", false
	}
	account, verb, _ = strings.Cut(rest, ":")
	return account, verb, project == "-" && account != "" && !strings.Contains(account, "/")
}

func (s *Server) routeIAM(r *http.Request) (string, endpoint, bool) {
	if !strings.HasPrefix(r.URL.Path, namePrefix) {
		return "", nil, false
	}
	_, verb, good := splitName(r.URL.Path)
	if account, isLocations := strings.CutSuffix(r.URL.Path, "/allowedLocations"); isLocations && r.Method == http.MethodGet {
		_, _, good := splitName(account)
		return "allowedLocations", func(q *request) reply { return s.allowedLocations(q, good) }, true
	}
	m, known := methodOf(verb)
	if !known || r.Method != http.MethodPost {
		return "unknown", func(*request) reply { return notFoundPage(r.URL.Path) }, true
	}
	return verb, func(q *request) reply {
		if !good {
			return s.badName(q, m.name)
		}
		return s.callMethod(q, m)
	}, true
}

func (s *Server) badName(q *request, name string) reply {
	if _, refusal := s.caller(q, name); refusal != nil {
		return *refusal
	}
	return invalidArgument("Request contains an invalid argument.")
}

// callMethod is what the four methods have in common, in the order of the live
// service's front end: who, may the API be used, is the request well formed,
// does the chain hold.
func (s *Server) callMethod(q *request, m method) reply {
	name, _, _ := splitName(q.URL.Path)
	q.call.Target = name
	principal, refusal := s.caller(q, m.name)
	if refusal != nil {
		return *refusal
	}
	if project := q.Header.Get("X-Goog-User-Project"); s.policy.deniedProjects[project] {
		return quotaProjectDenied(project)
	}
	if s.policy.apiDisabled {
		return apiDisabled()
	}
	b, err := decode(q.body, m.fields)
	if err != nil {
		return invalidArgument(err.Error())
	}
	q.call.RawDelegates, q.call.Scopes, q.call.Audience, q.call.Lifetime = b.Delegates, b.Scope, b.Audience, b.Lifetime
	target, refusal := s.walk(q, principal, b.Delegates, name, m.permission)
	if refusal != nil {
		return *refusal
	}
	return m.do(s, q, target, b)
}

// decode reads a request message strictly, as the live service does.
func decode(raw []byte, fields []string) (body, error) {
	var b body
	var given map[string]json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&given); err != nil && !errors.Is(err, io.EOF) {
		return b, errors.New("Invalid JSON payload received. Unexpected token.")
	}
	for name := range given {
		// Google's client repeats the name of the path over REST.
		if name != "name" && !slices.Contains(fields, name) {
			return b, errors.New(`Invalid JSON payload received. Unknown name "` + name + `": Cannot find field.`)
		}
	}
	if len(given) == 0 {
		return b, nil
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		return b, errors.New("Invalid value at '" + jsonField(err) + "'")
	}
	return b, nil
}

func jsonField(err error) string {
	var t *json.UnmarshalTypeError
	if errors.As(err, &t) {
		return t.Field
	}
	return ""
}

// walk follows source -> delegates -> target. The reply for a broken chain does
// not name the hop, as Google's does not.
func (s *Server) walk(q *request, source string, delegates []string, name, permission string) (*Account, *reply) {
	refuse := func(r reply) (*Account, *reply) { return nil, &r }
	target := s.find(name)
	if target == nil {
		return refuse(accountNotFound(name))
	}
	q.call.Target = target.Email
	if target.kind != serviceAccount {
		return refuse(apiError(404, "NOT_FOUND", "Requested entity was not found."))
	}
	from := source
	for _, raw := range delegates {
		d, valid := s.delegate(raw)
		if !valid {
			return refuse(invalidArgument("Request contains an invalid argument."))
		}
		if d == nil || d.disabled || !s.allowed(from, PermDelegate, d) {
			return refuse(permissionDenied(permission))
		}
		q.call.Delegates = append(q.call.Delegates, d.Email)
		from = d.Email
	}
	if !s.allowed(from, permission, target) {
		return refuse(permissionDenied(permission))
	}
	if target.disabled {
		return refuse(s.policy.disabledTarget)
	}
	return target, nil
}

// delegate accepts the documented name and, like the live service, a bare
// e-mail or id.
func (s *Server) delegate(raw string) (a *Account, valid bool) {
	if strings.Contains(raw, "/") {
		short, ok := strings.CutPrefix(raw, "projects/-/serviceAccounts/")
		if !ok || strings.Contains(short, "/") {
			return nil, false
		}
		raw = short
	}
	return s.find(raw), raw != ""
}

// allowedLocations is asked for by google-auth's trust boundary.
func (s *Server) allowedLocations(q *request, good bool) reply {
	if _, refusal := s.caller(q, "GetAllowedLocations"); refusal != nil {
		return *refusal
	}
	if !good {
		return invalidArgument("Request contains an invalid argument.")
	}
	return ok(map[string]any{"locations": []any{}, "encodedLocations": "0x0"})
}

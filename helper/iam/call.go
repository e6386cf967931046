package iam

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/api/iamcredentials/v1"
	"google.golang.org/api/option"

	"github.com/credential-iam/credential-iam/helper"
)

// cloudPlatform is the scope that a token needs to call the API.
const cloudPlatform = helper.DefaultScope

// quotaHeader names the project to bill.
const quotaHeader = "X-Goog-User-Project"

// request is one operation in progress: what is attempted, on which object, as
// which account.
type request struct {
	op     string
	object string
	t      helper.Target
	id     *identity
	way    []string
	// svc is the API at each base URL that the way leads to.
	svc map[string]*iamcredentials.Service
	// quota is the project to bill; ownQuota that the source document named it.
	quota    string
	ownQuota bool
	// timed says that what is sent holds times, and is to be sent again when
	// the clock turns out to be wrong.
	timed bool
	// sign says that bytes or claims are signed: it asks for no lifetime.
	sign bool
	// getenv reads the environment, for what of it is wrong.
	getenv func(string) string
	// role is what the last account of the way must grant.
	role string
}

// hop is one call's address: the account, and the delegates before it.
type hop struct {
	way    []string
	header http.Header
}

func (h hop) name() string { return accountName(h.way[len(h.way)-1]) }

func (h hop) account() string { return h.way[len(h.way)-1] }

func (h hop) delegates() []string {
	var names []string
	for _, a := range h.way[:len(h.way)-1] {
		names = append(names, accountName(a))
	}
	return names
}

// apply sets the headers of a generated call. The generated client sends none of
// them by itself when it is given an HTTP client.
func (h hop) apply(to http.Header) {
	for name, values := range h.header {
		to[name] = values
	}
}

// method makes one attempt at one call of the API and checks its reply.
type method func(ctx context.Context, svc *iamcredentials.Service, h hop) error

// tokens returns the token that a call is made with.
type tokens func(ctx context.Context, how freshness) (bearer, error)

// prepare checks the target, reads the source identity and plans the way.
func (c *Client) prepare(ctx context.Context, op string, t helper.Target) (*request, error) {
	t, err := checkTarget(t)
	if err != nil {
		return nil, err
	}
	if err := c.refuseCertificate(); err != nil {
		return nil, err
	}
	id, err := c.identify(ctx, t)
	if err != nil {
		return nil, err
	}
	r := &request{op: op, t: t, id: id, quota: t.QuotaProject, role: tokenCreator, getenv: c.env.Getenv, svc: map[string]*iamcredentials.Service{}}
	r.way = plan(id.principal, accounts(id.own), t.Delegates, t.ServiceAccount)
	r.object = id.src.String()
	if len(r.way) > 0 {
		r.object = r.way[len(r.way)-1]
	}
	r.settle()
	if r.quota == "" && c.header.Get(quotaHeader) == "" && id.quota != "" && !id.knows(ctx, noteNoQuota) {
		r.quota, r.ownQuota = id.quota, true
	}
	for _, l := range r.legs(r.way) {
		if r.svc[l.endpoint], err = c.service(ctx, l.endpoint); err != nil {
			return nil, &helper.Error{
				Who: helper.Us, Op: op, Object: r.object, Reason: clean(err.Error(), nil), Code: "internal", Cause: err,
			}
		}
	}
	c.env.Log.Printf("%s %s: source %s (%s), way %s", op, r.object, id.src, id.name, strings.Join(r.way, " -> "))
	return r, nil
}

// service returns the API at a base URL. The library logs whole requests, tokens
// included, when an environment variable says so; it gets a logger that does not.
func (c *Client) service(ctx context.Context, endpoint string) (*iamcredentials.Service, error) {
	svc, err := iamcredentials.NewService(ctx, option.WithHTTPClient(c.http), option.WithEndpoint(endpoint),
		option.WithLogger(slog.New(slog.DiscardHandler)))
	if err == nil {
		svc.BasePath, svc.UserAgent = endpoint, c.agent
	}
	return svc, err
}

// call makes a call along the whole way: in one exchange where that can be, or in
// two where the chain that the source document makes by itself may not be folded
// into one.
func (c *Client) call(ctx context.Context, r *request, m method) error {
	legs := r.legs(r.way)
	if len(legs) > 1 {
		return c.travel(ctx, r, legs, m)
	}
	cut := fold(r.way, accounts(r.id.own))
	if cut == 0 {
		return c.travel(ctx, r, legs, m)
	}
	two := []leg{{r.way[:cut], legs[0].endpoint}, {r.way[cut:], legs[0].endpoint}}
	note := noteTwoHops + " " + r.t.Endpoint + " " + strings.Join(r.way, " ")
	if r.id.knows(ctx, note) {
		return c.travel(ctx, r, two, m)
	}
	err := c.travel(ctx, r, legs, m)
	if err == nil || !asFailure(err, false).denied() {
		return err
	}
	if c.travel(ctx, r, two, m) != nil {
		return err
	}
	c.learn(ctx, r.id, note)
	return nil
}

// along makes one call, and fixes by itself what it can: a token that died, a
// key whose self-signed token is not accepted, a wrong clock, a quota project
// that only the document wanted. Each is fixed once.
func (c *Client) along(ctx context.Context, r *request, l leg, behind tokens, m method) error {
	how, clocked := anyToken, false
	exchanged, slept := false, false
	for {
		b, err := behind(ctx, how)
		if err != nil {
			return err
		}
		h := hop{way: l.way, header: c.headers(r, l.way, b.secret)}
		fail := c.retry(ctx, r.op+" "+h.account(), func(ctx context.Context) error { return m(ctx, r.svc[l.endpoint], h) })
		if fail == nil {
			if exchanged {
				c.learn(ctx, r.id, noteExchange)
			}
			return nil
		}
		news := c.learnClock(fail.date)
		switch {
		case (fail.status == 401 && b.self || fail.status == 400 && r.timed) && news && !clocked:
			clocked = true
		case fail.status == 401 && !slept && c.over(b):
			if slept = true; how == anyToken {
				how = renewed
			}
		case fail.status == 401 && b.self:
			how, exchanged = newToken, true
		case fail.status == 401 && b.stale && how == anyToken:
			how = renewed
		case fail.reason == "USER_PROJECT_DENIED" && r.ownQuota:
			r.quota, r.ownQuota = "", false
			c.learn(ctx, r.id, noteNoQuota)
		default:
			return fail
		}
		c.env.Log.Printf("%s %s: again: %s", r.op, h.account(), fail.message)
	}
}

// headers are what a call carries besides the library's own.
func (c *Client) headers(r *request, way []string, token string) http.Header {
	h := http.Header{}
	maps.Copy(h, c.header)
	h.Set("Authorization", "Bearer "+token)
	h.Set("X-Goog-Request-Params", "name="+url.QueryEscape(accountName(way[len(way)-1])))
	if r.quota != "" {
		h.Set(quotaHeader, r.quota)
	}
	if r.t.RequestReason != "" {
		h.Set("X-Goog-Request-Reason", r.t.RequestReason)
	}
	return h
}

// accessMethod is generateAccessToken; the token goes to out.
func (c *Client) accessMethod(scopes []string, lifetime time.Duration, out *bearer) method {
	return func(ctx context.Context, svc *iamcredentials.Service, h hop) error {
		seconds := lifetime.Truncate(time.Second)
		call := svc.Projects.ServiceAccounts.GenerateAccessToken(h.name(), &iamcredentials.GenerateAccessTokenRequest{
			Delegates: h.delegates(), Scope: slices.Clone(scopes), Lifetime: protoDuration(seconds),
		}).Context(ctx)
		h.apply(call.Header())
		return mint(ctx, c, out, call.Do, func(reply *iamcredentials.GenerateAccessTokenResponse, date, asked time.Time) (bearer, error) {
			end, err := checkAccess(reply.AccessToken, reply.ExpireTime, date, asked, seconds)
			return bearer{secret: reply.AccessToken, expires: end}, err
		})
	}
}

// protoDuration is the JSON form of a protobuf Duration.
func protoDuration(d time.Duration) string {
	return strconv.FormatInt(int64(d/time.Second), 10) + "s"
}

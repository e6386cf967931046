package iam

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/api/iamcredentials/v1"
	"google.golang.org/api/option"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// cloudPlatform is the scope that a token needs to call the API.
const cloudPlatform = helper.DefaultScope

// request is one operation in progress: what is attempted, on which object, as
// which account.
type request struct {
	op     string
	object string
	t      helper.Target
	id     *identity
	way    []string
	svc    *iamcredentials.Service
	// quota is the project to bill; ownQuota that the source document named it.
	quota    string
	ownQuota bool
	// timed says that what is sent holds times, and is to be sent again when
	// the clock turns out to be wrong.
	timed bool
	// role is what the last account of the way must grant.
	role string
}

// hop is one call's address: the account, and the delegates before it.
type hop struct {
	way    []string
	header http.Header
}

func (h hop) name() string { return ServiceAccountPath(h.way[len(h.way)-1]) }

func (h hop) account() string { return h.way[len(h.way)-1] }

func (h hop) delegates() []string {
	var names []string
	for _, a := range h.way[:len(h.way)-1] {
		names = append(names, ServiceAccountPath(a))
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
	t, err := CheckTarget(t)
	if err != nil {
		return nil, err
	}
	id, err := c.identify(ctx, t)
	if err != nil {
		return nil, err
	}
	r := &request{op: op, t: t, id: id, quota: t.QuotaProject, role: tokenCreator}
	r.way = plan(id.principal, id.own, t.Delegates, t.ServiceAccount)
	r.object = id.src.String()
	if len(r.way) > 0 {
		r.object = r.way[len(r.way)-1]
	}
	if r.quota == "" && id.quota != "" && !id.knows(ctx, noteNoQuota) {
		r.quota, r.ownQuota = id.quota, true
	}
	// The library logs whole requests, tokens included, when an environment
	// variable says so; it gets a logger that does not.
	r.svc, err = iamcredentials.NewService(ctx, option.WithHTTPClient(c.http), option.WithEndpoint(t.Endpoint),
		option.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, &helper.Error{
			Who: helper.Us, Op: op, Object: r.object, Reason: clean(err.Error(), nil), Code: "internal", Cause: err,
		}
	}
	r.svc.BasePath, r.svc.UserAgent = t.Endpoint, c.agent
	c.env.Log.Printf("%s %s: source %s (%s), way %s", op, r.object, id.src, id.name, strings.Join(r.way, " -> "))
	return r, nil
}

// call makes a call along the whole way: in one exchange, or in two where the
// chain that the source document makes by itself may not be folded into one.
func (c *Client) call(ctx context.Context, r *request, m method) error {
	source := func(ctx context.Context, how freshness) (bearer, error) {
		return c.sourceToken(ctx, r.id, []string{cloudPlatform}, how)
	}
	cut := fold(r.way, r.id.own)
	note := noteTwoHops + " " + r.t.Endpoint + " " + strings.Join(r.way, " ")
	if cut > 0 && r.id.knows(ctx, note) {
		return c.twoHops(ctx, r, cut, source, m)
	}
	err := c.along(ctx, r, r.way, source, m)
	if err == nil || cut == 0 || !asFailure(err, false).denied() {
		return err
	}
	if c.twoHops(ctx, r, cut, source, m) != nil {
		return err
	}
	c.learn(ctx, r.id, note)
	return nil
}

// twoHops becomes the account that the source document impersonates by itself,
// and calls on as that.
func (c *Client) twoHops(ctx context.Context, r *request, cut int, behind tokens, m method) error {
	first := r.way[:cut]
	key := keystore.NewKey("source", first[cut-1], source.Digest("hop", r.id.fingerprint, r.t.Endpoint, strings.Join(first, " ")))
	between := func(ctx context.Context, how freshness) (bearer, error) {
		if how == anyToken {
			if b, ok := c.cached(ctx, r.id, key); ok {
				return b, nil
			}
		} else {
			r.id.forget(ctx, key)
		}
		var b bearer
		err := c.along(ctx, r, first, behind, c.accessMethod([]string{cloudPlatform}, helper.DefaultLifetime, &b))
		if err != nil {
			return bearer{}, err
		}
		c.keep(ctx, r.id, key, b)
		return b, nil
	}
	return c.along(ctx, r, r.way[cut:], between, m)
}

// along makes one call, and fixes by itself what it can: a token that died, a
// key whose self-signed token is not accepted, a wrong clock, a quota project
// that only the document wanted. Each is fixed once.
func (c *Client) along(ctx context.Context, r *request, way []string, behind tokens, m method) error {
	how, clocked := anyToken, false
	exchanged := false
	for {
		b, err := behind(ctx, how)
		if err != nil {
			return err
		}
		h := hop{way: way, header: r.headers(way, b.secret)}
		fail := c.retry(ctx, r.op+" "+h.account(), func(ctx context.Context) error { return m(ctx, r.svc, h) })
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
func (r *request) headers(way []string, token string) http.Header {
	name := ServiceAccountPath(way[len(way)-1])
	h := http.Header{
		"Authorization":         {"Bearer " + token},
		"X-Goog-Request-Params": {"name=" + url.QueryEscape(name)},
	}
	if r.quota != "" {
		h.Set("X-Goog-User-Project", r.quota)
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
		reply, err := call.Do()
		if err != nil {
			return err
		}
		x := exchangeOf(ctx)
		c.learnClock(x.date)
		end, err := checkAccess(reply.AccessToken, reply.ExpireTime, x.date, c.env.Now(), seconds)
		if err != nil {
			return badReply(x.host, err)
		}
		*out = bearer{secret: reply.AccessToken, expires: end}
		return nil
	}
}

// protoDuration is the JSON form of a protobuf Duration.
func protoDuration(d time.Duration) string {
	return strconv.FormatInt(int64(d/time.Second), 10) + "s"
}

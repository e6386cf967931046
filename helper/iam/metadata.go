package iam

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// metadataAddress is the metadata server's, by number: a name could be
// resolved to anybody.
const metadataAddress = "169.254.169.254"

const metadataVariable = "GCE_METADATA_HOST"

// namesExec reports whether the variable is that of "credential-iam serve": a secret is
// behind the address, HOST:PORT/SECRET. It need not be asked then; "credential-iam exec"
// has no such path, and is known by its reply.
func namesExec(value string) bool {
	const shortest = 40 // no other path is as long
	_, secret, _ := strings.Cut(value, "/")
	return len(secret) >= shortest && !strings.Contains(value, "://")
}

// metadataHost returns the metadata server's HOST[:PORT] as a URL has it. An IPv6
// address may come with its brackets or without.
func metadataHost(value string) (string, error) {
	host := cmp.Or(value, metadataAddress)
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() {
		host = "[" + strings.Replace(host, "%", "%25", 1) + "]"
	}
	u, err := url.Parse("http://" + host)
	if err == nil && u.Host != "" && u.User == nil && u.Path+u.RawQuery+u.Fragment == "" {
		return host, nil
	}
	fail := &helper.Error{
		Who: helper.User, Op: "ask", Object: "the metadata server", Code: "bad-source",
		Reason: metadataVariable + " is not HOST or HOST:PORT", Hint: helper.Unset(metadataVariable),
	}
	if u, err := url.Parse(value); err == nil && u.Host != "" {
		fail.Reason = metadataVariable + " is a URL; it must be HOST or HOST:PORT"
		fail.Hint = helper.SetCommand(metadataVariable, helper.OneLine(u.Host, 200))
	}
	return "", &failure{fatal: true, local: fail}
}

// metadata is the service account that this machine runs as, by its metadata
// server.
type metadata struct{}

func (c *Client) openMetadata(s helper.Source) *credential {
	return &credential{kind: metadata{}, fingerprint: c.printOf(s)}
}

func (metadata) about() about {
	return about{
		name: "metadata", member: "serviceAccount:EMAIL", scoped: true, kept: true, rescoper: helper.Admin,
		rescope: "gcloud compute instances set-service-account INSTANCE --scopes=cloud-platform",
	}
}

// token asks for a token of the machine's account.
func (metadata) token(ctx context.Context, c *Client, scopes []string, _ freshness) (bearer, error) {
	path := "instance/service-accounts/default/token"
	if len(scopes) > 0 {
		path += "?" + url.Values{"scopes": {strings.Join(scopes, ",")}}.Encode()
	}
	b, err := timed(c, func() ([]byte, error) { return c.metadataGet(ctx, path) }, readToken)
	b.issued = b.expires.Add(-googleLife)
	return b, err
}

// email asks for the e-mail of the machine's account.
func (metadata) email(ctx context.Context, c *Client) (string, error) {
	var email string
	fail := c.retry(ctx, "e-mail of the machine's service account", func(ctx context.Context) error {
		body, err := c.metadataGet(ctx, "instance/service-accounts/default/email")
		email = strings.TrimSpace(string(body))
		return err
	})
	if fail != nil {
		return "", fail
	}
	if helper.CheckServiceAccount(email) != nil {
		return "", nil // GKE answers a workload pool's name where no account is bound
	}
	return email, nil
}

// noteUniverse is a note whose text is the universe of the machine.
const noteUniverse = "the machine's universe"

// universe asks for the universe that the machine belongs to, which does not change;
// a server that does not know the question is one of Google's usual universe.
func (metadata) universe(ctx context.Context, c *Client, id *identity) (string, error) {
	if u := id.note(ctx, noteUniverse); u != "" {
		return u, nil
	}
	universe := helper.DefaultUniverse
	fail := c.retry(ctx, "universe of the machine", func(ctx context.Context) error {
		body, err := c.metadataGet(ctx, "universe/universe-domain")
		if exchangeOf(ctx).status == http.StatusNotFound {
			return nil
		}
		u := strings.TrimSpace(string(body))
		if err == nil && u != "" && u != helper.OneLine(u, 80) || strings.ContainsAny(u, " {<\"/:") {
			return badReply(exchangeOf(ctx).host, errors.New("it names no universe"))
		}
		universe = cmp.Or(u, universe)
		return err
	})
	if fail != nil {
		fail.source = true
		return "", fail
	}
	c.write(ctx, id, noteUniverse, universe)
	return universe, nil
}

// metadataGet asks one question. It is written here because the library's client
// and x/oauth2's source probe, retry and ignore contexts on their own terms.
func (c *Client) metadataGet(ctx context.Context, path string) ([]byte, error) {
	named := c.env.Getenv(metadataVariable)
	if namesExec(named) {
		return nil, c.insideExec()
	}
	host, err := metadataHost(named)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+host+"/computeMetadata/v1/"+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Metadata-Flavor", "Google")
	exchangeOf(ctx).patient = true
	exchangeOf(ctx).at(atMetadata)
	res, err := c.direct.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.Header.Get("Server") == helper.ExecServer {
		return nil, c.insideExec()
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusOK && res.Header.Get("Metadata-Flavor") != "Google" {
		return nil, &failure{host: host, fatal: true, message: "it is not a metadata server of Google's"}
	}
	if res.StatusCode != http.StatusOK {
		return nil, errReply
	}
	return body, nil
}

// insideExec refuses the server of "credential-iam exec" or "serve", which answers as
// the account that is to be impersonated, as a source.
func (c *Client) insideExec() error {
	return &failure{fatal: true, local: &helper.Error{
		Who: helper.User, Op: "ask", Object: "the metadata server", Code: helper.InsideCode,
		Reason: metadataVariable + ` names the server of "credential-iam exec" or "serve"; the identity outside it is not known here`,
		Hint:   helper.UnsetExec(c.env.Getenv),
	}}
}

// noMetadata is about a metadata server that cannot be reached, by what names it. Other
// libraries read more variables than this one, which are of no more use where they name
// the same server.
func (r *request) noMetadata(f *failure, e *helper.Error) {
	host, _, err := net.SplitHostPort(f.host)
	if err != nil {
		host = f.host
	}
	var set, same []string
	for _, name := range helper.MetadataVariables() {
		switch value := r.getenv(name); {
		case value == "" || name == "METADATA_SERVER_DETECTION": // which names none
		case value == f.host || value == host:
			same = append(same, name)
		case !helper.LooksSecret(value):
			if _, err := metadataHost(value); err == nil {
				set = append(set, name)
			}
		}
	}
	switch {
	case f.host != metadataAddress && r.getenv(helper.ExecVariable) != "":
		e.Hint = helper.UnsetExec(r.getenv)
	case f.host != metadataAddress && len(same) > 0:
		e.Hint = helper.Unset(same...)
	case f.host != metadataAddress:
		e.Hint = helper.Unset(metadataVariable)
	case len(set) > 0:
		e.Reason += "; " + set[0] + " names another one, but what counts is " + metadataVariable
		e.Hint = helper.SetCommand(metadataVariable, r.getenv(set[0]))
	default:
		e.Reason += "; only a machine on Google Cloud has one, and " + metadataVariable + " names no other"
	}
}

// refused is about the metadata server's no.
func (metadata) refused(f *failure, _, _ string, e *helper.Error) {
	e.Who, e.Code, e.Hint = helper.Admin, "bad-source", ""
	e.Reason = fmt.Sprintf("the metadata server answered %d: %s", f.status, f.message)
	switch {
	case strings.Contains(f.message, "Gaia id not found"), strings.Contains(f.message, "IAM returned 404"):
		e.Code = "not-found"
		_, account, _ := strings.Cut(f.message, "for email ")
		account, _, _ = strings.Cut(account, " ")
		e.Hint = "gcloud iam service-accounts list" + inProject(account)
	case strings.Contains(f.message, "IAM returned 403"):
		e.Code = "permission-denied"
		e.Hint = "kubectl get serviceaccounts --all-namespaces -o yaml"
	case f.status == 404:
		e.Reason = "the metadata server has no service account for this machine"
		e.Hint = "gcloud compute instances set-service-account INSTANCE --service-account=EMAIL --scopes=cloud-platform"
	}
}

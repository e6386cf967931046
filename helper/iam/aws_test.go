package iam

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// awsWorld is a world with an AWS source, whose machine's role may do everything.
func awsWorld(t *testing.T) (*world, helper.Target) {
	w := newWorld(t)
	w.spy.moved = map[string]string{"169.254.170.2": strings.TrimPrefix(w.s.URL, "http://")}
	w.env["AWS_REGION"] = "us-east-1"
	return w, w.target(w.s.ExternalADC(iamtest.ExternalOptions{AWS: true}), "")
}

// A container's role is its own: it is never taken for the machine's.
func TestAWSContainer(t *testing.T) {
	const role, uri = "task-role", "AWS_CONTAINER_CREDENTIALS_FULL_URI"
	for name, env := range map[string]func(w *world) map[string]string{
		"ECS": func(*world) map[string]string {
			return map[string]string{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": iamtest.AWSContainerURI(role)}
		},
		"EKS": func(w *world) map[string]string {
			return map[string]string{
				uri: w.s.URL + iamtest.AWSContainerURI("x"), "AWS_CONTAINER_AUTHORIZATION_TOKEN": "wrong",
				"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": w.file("token", []byte(iamtest.AWSContainerToken(role)+"\n")),
			}
		},
		"a token": func(w *world) map[string]string {
			return map[string]string{uri: w.s.URL + iamtest.AWSContainerURI("x"), "AWS_CONTAINER_AUTHORIZATION_TOKEN": iamtest.AWSContainerToken(role)}
		},
		"no token": func(w *world) map[string]string {
			return map[string]string{uri: w.s.URL + iamtest.AWSContainerURI(role)}
		},
		"variables go before": func(w *world) map[string]string {
			env := map[string]string{uri: w.s.URL + iamtest.AWSContainerURI("another")}
			for _, kv := range iamtest.AWSEnvironmentOf(role) {
				name, value, _ := strings.Cut(kv, "=")
				env[name] = value
			}
			return env
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, target := awsWorld(t)
			for name, value := range env(w) {
				w.env[name] = value
				if strings.Contains(name, "TOKEN") && !strings.Contains(name, "FILE") {
					w.spy.add(value)
				}
			}
			w.wantPrincipal(w.mint(target), w.s.WorkloadPrincipal(iamtest.AWSSubjectOf(role)).Email)
			w.noSecrets()
		})
	}
}

func TestAWSContainerErrors(t *testing.T) {
	const uri, relative = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
	for name, c := range map[string]struct {
		env  map[string]string
		want string
	}{
		"elsewhere":                              {map[string]string{uri: "http://example.com/keys"}, "must be https"},
		"a password":                             {map[string]string{uri: "http://u:hunter2@127.0.0.1:1/keys"}, "is not a URL"},
		"no host":                                {map[string]string{uri: "http:///keys"}, "is not a URL"},
		"no token file":                          {map[string]string{uri: "STANDIN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/nowhere"}, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"},
		"wrong token":                            {map[string]string{uri: "STANDIN", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "wrong-token"}, "the token is not valid"},
		"two lines":                              {map[string]string{uri: "STANDIN", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\r\nX: y"}, "more than one line"},
		"half a key":                             {map[string]string{"AWS_ACCESS_KEY_ID": "AKIAX"}, "; run: export AWS_SECRET_ACCESS_KEY="},
		"half a key, other half, in a container": {map[string]string{"AWS_SECRET_ACCESS_KEY": "hunter22hunter22", uri: "STANDIN"}, "; run: export AWS_ACCESS_KEY_ID="},
		"no path":                                {map[string]string{relative: "nope"}, relative + " is not a path"},
		"no path, both":                          {map[string]string{relative: "nope", uri: "STANDIN"}, "; run: unset " + relative},
		"no URL, path":                           {map[string]string{relative: "/%zz"}, relative + " is not a URL; run: unset " + relative},
		"IRSA":                                   {map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/secrets/token", "AWS_ROLE_ARN": "arn:x"}, "AWS_WEB_IDENTITY_TOKEN_FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			w, target := awsWorld(t)
			for name, value := range c.env {
				w.env[name] = strings.ReplaceAll(value, "STANDIN", w.s.URL+iamtest.AWSContainerURI("x"))
			}
			_, err := w.c.Mint(t.Context(), target)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q in it", err, c.want)
			}
			if e := helper.AsError(err); e.Code != "bad-source" || e.Who != helper.User {
				t.Errorf("code %q, who %q: %v", e.Code, e.Who, e)
			}
			w.noSecrets(err.Error())
			for _, path := range w.spy.paths {
				if strings.HasPrefix(path, "/latest/") {
					t.Errorf("the machine was asked: %s", path)
				}
			}
		})
	}
}

// The reply that opens a session gets lost on the way into a container: that is
// said, before docker's own patience ends.
func TestAWSHopLimit(t *testing.T) {
	t.Parallel()
	w, target := awsWorld(t)
	silent := must(w.s.Serve(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) { <-q.Context().Done() }), false))(t)
	doc := strings.ReplaceAll(string(w.s.ExternalADC(iamtest.ExternalOptions{AWS: true})), w.s.URL+"/latest/api/token", silent+"/latest/api/token")
	target.Source.Path = w.file("silent.json", []byte(doc))
	start := time.Now()
	w.wantError(target, "hop-limit", "hop limit", "aws ec2 modify-instance-metadata-options")
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("took %s", took)
	}
}

// What is on the machine's own link is never asked through a proxy.
func TestLinkLocal(t *testing.T) {
	env := helper.Env{Getenv: func(name string) string {
		return map[string]string{"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}[name]
	}}
	proxy := newTransport(env).full.Proxy
	for url, direct := range map[string]bool{
		"http://169.254.169.254/metadata/identity/oauth2/token": true, "http://169.254.170.2/v2/credentials/x": true,
		"http://169.254.170.23/v1/credentials": true, "http://[fe80::1%25eth0]/x": true, "http://[fd00:ec2::254]/latest/api/token": true,
		"http://[fd00:ec2::23]/v1/credentials": true, "http://[fd00:ec2::23%25eth0]/v1/credentials": true, "http://[::ffff:169.254.169.254]/": true, "http://[fd20:ce::254]:80/": true,
		"http://metadata.google.internal/computeMetadata/v1/": true, "http://Metadata.google.internal.:80/": true, "https://169.254.169.254/": true,
		"http://10.0.0.1/": false, "https://iamcredentials.googleapis.com/": false, "http://169.255.0.1/": false, "http://169.254.169.254.example.com/": false,
		"http://[fd00:ec3::254]/": false,
	} {
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		through, err := proxy(req)
		if err != nil || (through == nil) != direct {
			t.Errorf("%s goes through %v (%v), want direct %v", url, through, err, direct)
		}
	}
}

// The container's token goes to the service beside the container, by https anywhere, and
// to nobody else in clear.
func TestAWSContainerHost(t *testing.T) {
	const uri = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
	for value, asked := range map[string]bool{
		"http://example.com/keys": false, "http://127.0.0.1.example.com/": false, "http://169.254.170.2.example.com/": false,
		"http://10.0.0.1/": false, "http://169.255.170.2/": false, "ftp://127.0.0.1/": false, "http://me:pw@127.0.0.1/": false,
		"http://[fd00:ec3::23]/": false, "127.0.0.1/keys": false, "http:///keys": false,
		"http://127.0.0.1:1/": true, "http://localhost:1/": true, "http://[::1]:1/": true, "http://169.254.170.2/v2/x": true,
		"http://169.254.170.23/v1/credentials": true, "http://[fd00:ec2::23]/v1/credentials": true, "https://far.invalid/keys": true,
	} {
		w, target := awsWorld(t)
		w.c.limits.attempts = 1
		w.spy.moved = map[string]string{}
		for _, host := range []string{"169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"} {
			w.spy.moved[host] = "127.0.0.1:1"
		}
		w.env[uri], w.env["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = value, iamtest.AWSContainerToken("x")
		_, err := w.c.Mint(t.Context(), target)
		code, hint := "bad-source", "unset "+uri
		if asked {
			code, hint = "unreachable", ""
		}
		if e := w.checkError(err, code); !strings.HasPrefix(e.Hint, hint) || asked == (e.Hint == "unset "+uri) {
			t.Errorf("%s: %v", value, e)
		}
		if got := len(w.spy.hosts) > 0; got != asked {
			t.Errorf("%s: asked %t (%s), want %t", value, got, w.spy.hosts, asked)
		}
	}
}

// Azure's metadata service gives a token to whoever sends its header, and for the
// resource that the URL names.
func TestAzure(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(w.s.WorkloadPrincipal(iamtest.AzureSubject).Email, iamtest.RoleTokenCreator, deployer)
	good := string(w.s.ExternalADC(iamtest.ExternalOptions{Azure: true}))
	w.wantPrincipal(w.mint(w.target([]byte(good), deployer)), deployer)
	for name, c := range map[string]struct{ old, new, word string }{
		"no header":   {`"Metadata": "True"`, `"Other": "True"`, "Required metadata header not specified"},
		"no version":  {"api-version=2018-02-01", "x=y", "Required metadata header not specified"},
		"another key": {`"access_token"`, `"token"`, "subject_token_field_name"},
	} {
		doc := strings.Replace(good, c.old, c.new, 1)
		if doc == good {
			t.Fatalf("%s: nothing to replace in %s", name, good)
		}
		w.wantError(w.target([]byte(doc), deployer), "bad-source", c.word, "; run: ${EDITOR:-vi} ")
	}
}

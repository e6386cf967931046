package back

import (
	"strings"
	"testing"
)

// oddDocker are files of docker's that a person, a program or an editor left.
var oddDocker = map[string]string{
	"empty":                      "",
	"a line end":                 "\n",
	"white space":                "  \n\n",
	"braces":                     "{}",
	"a space between braces":     "{ }",
	"braces and a line end":      "{}\n",
	"braces on two lines":        "{\n}\n",
	"two lines without an end":   "{\n}",
	"blank lines at the end":     "{\n\t\"auths\": {}\n}\n\n\n",
	"tabs, as docker":            "{\n\t\"auths\": {\n\t\t\"ghcr.io\": {}\n\t}\n}",
	"four spaces":                "{\n    \"auths\": {},\n    \"credsStore\": \"desktop\"\n}\n",
	"one line":                   `{"auths":{"ghcr.io":{"auth":"Z2VoZWltOmdlaGVpbQ=="}},"HttpHeaders":{"X":"geheim"}}`,
	"one line, loosely":          `{ "auths" : { "ghcr.io" : { "auth" : "dTpw" } } , "detachKeys" : "ctrl-e" }`,
	"CRLF":                       "{\r\n  \"auths\": {\r\n    \"ghcr.io\": {}\r\n  }\r\n}\r\n",
	"CRLF without an end":        "{\r\n  \"auths\": {}\r\n}",
	"commas first":               "{ \"auths\": {}\n, \"features\": {}\n, \"aliases\": {}\n}\n",
	"empty objects":              "{\n  \"credHelpers\": {},\n  \"plugins\": {}\n}\n",
	"empty objects with a space": `{"credHelpers":{ },"plugins":{ },"auths":{}}`,
	"nulls":                      "{\"credHelpers\": null, \"plugins\": null}\n",
	"another case":               "{\n  \"CREDHELPERS\": {\"quay.io\": \"pass\"},\n  \"Plugins\": {\"x\": {\"y\": \"z\"}}\n}\n",
	"a name twice":               `{"credHelpers":{"quay.io":"pass"},"auths":{},"credHelpers":{"ghcr.io":"desktop"}}`,
	"text behind the brace":      "{\n\t\"auths\": {}\n}\n# mine\n",
	"gcloud's helpers":           "{\n  \"credHelpers\": {\n    \"gcr.io\": \"gcloud\",\n    \"europe-docker.pkg.dev\": \"gcloud\",\n    \"us.gcr.io\": \"gcloud\"\n  }\n}",
	"gcloud's, on one line":      `{"credHelpers":{"gcr.io":"gcr","us.gcr.io":"gcr"},"auths":{"x":{"auth":"dTpw"}}}`,
	"escapes":                    `{"credHelpers":{"\u0067cr.io":"g\u0063loud"},"detachKeys":"\u0063trl-e"}`,
	"an account by hand":         "{\n  \"plugins\": {\n    \"iam\": { \"serviceAccount\": \"mine@p.iam.gserviceaccount.com\",  \"keystore\":\"none\" }\n  }\n}\n",
	"a section by hand":          "{\"plugins\":{\"iam@gcr.io\":{\"lifetime\":\"30m\",\"serviceAccount\":\"mine@p.iam.gserviceaccount.com\"}},\"credHelpers\":{\"gcr.io\":\"iam\"}}\n",
	"another host by hand":       "{\"plugins\":{\"iam@us.gcr.io\":{\"serviceAccount\":\"mine@p.iam.gserviceaccount.com\"}},\"credHelpers\":{\"us.gcr.io\":\"iam\"}}\n",
	"a spelling docker ignores":  "{\n  \"credHelpers\": {\n    \"https://gcr.io\": \"iam\",\n    \"quay.io\": \"pass\"\n  }\n}\n",
	"numbers and words":          "{\n  \"my\": [1e400, 12345678901234567890, true, null, \"\\ud83d\"],\n  \"auths\": {}\n}\n",
}

// oddGit are files of git's.
var oddGit = map[string]string{
	"empty":                     "",
	"a line end":                "\n",
	"blank lines":               "\n\n\n",
	"no final line end":         "[user]\n\tname = N",
	"a comment at the end":      "[user]\n\tname = N\n# mine\n",
	"a comment without an end":  "[user]\n\tname = N\n; mine",
	"only a comment":            "# mine",
	"blank lines at the end":    "[user]\n\tname = N\n\n\n",
	"spaces at the end":         "[user]\n\tname = N\n   ",
	"CRLF":                      "[user]\r\n\tname = N\r\n# mine\r\n",
	"CRLF without an end":       "[user]\r\n    name = N",
	"both line ends":            "[user]\r\n\tname = N\n\temail = n@example.com\r\n",
	"odd indentation":           "  [user]\nname=N\n\t\t  email   =   n@example.com   ; mine\n",
	"header and value":          "[user] name = N\n[core] editor = vi",
	"credential with comments":  "[credential]\n\t# the keyring\n\thelper = store ; really\n\n\t# and more\n\tuseHttpPath = false\n",
	"the URL with comments":     "[credential \"" + server + "\"]\n\t# gcloud's\n\thelper = gcloud.sh\n\t; end\n[user]\n\tname = N\n",
	"the URL, reset":            "[credential \"" + server + "\"]\n\thelper =\n\thelper = !gcloud auth git-helper --ignore-unknown $@\n",
	"the URL, otherwise":        "[Credential \"https://Source.Developers.Google.com:443/\"]\n\tHelper = gcloud.sh\n",
	"the URL without a value":   "[credential \"" + server + "\"]\n",
	"the URL twice":             "[credential \"" + server + "\"]\n\thelper = a\n[user]\n\tname = N\n[credential \"" + server + "\"]\n\thelper = b\n",
	"the section twice":         "[user]\n\tname = N\n[core]\n\teditor = vi\n[user]\n\temail = n@example.com\n",
	"a small buffer":            "[http \"" + own + "\"]\n\tpostBuffer = 1m # why\n\tproactiveAuth = none\n",
	"no paths at the end":       "[credential \"" + own + "\"]\n\tuseHttpPath = off\n[credential]\n\tuseHttpPath = false\n",
	"a wildcard that resets":    "[credential \"https://*.example.com\"]\n\thelper =\n\thelper = cache\n",
	"by hand":                   "[credential \"https://us-git.example.com\"]\n\thelper =\n\thelper = iam\n",
	"this one by hand":          "[credential \"" + server + "\"]\n\thelper = iam\n[credential]\n\thelper = cache\n",
	"a mark of byte order":      "\ufeff[user]\n\tname = N\n",
	"a value that goes on":      "[alias]\n\tx = !echo \\\n\t\ta; \\\n\t\tb",
	"a value that goes nowhere": "[alias]\n\tx = a\\\n",
	"a value cut off":           "[alias]\n\tx = a\\",
	"quotes":                    "[alias \"a \\\"b\\\\\"]\n\tx = \"# no comment; \" # but this is \\\n",
	"an old subsection":         "[http.https]\n\tx = y\n[branch.Main]\n\tremote = o\n",
	"no UTF-8":                  "[user]\n\tname = J\xfcrgen\n# \xff",
	"a header with a token":     "[http \"https://x.example.com\"]\n\textraHeader = Authorization: Bearer geheim\n[url \"https://u:geheim@x/\"]\n\tinsteadOf = x:",
	"a name alone":              "[core]\n\tbare\n\tignorecase\n[x]",
}

// neither is what the other client has, to take the two apart.
const neither = "(none)"

// TestOddFiles has each file alone, and its person configures four hosts in two runs:
// both clients do what they should, and unconfigure brings every byte back, all at once
// or one host after the other. A second run changes nothing.
func TestOddFiles(t *testing.T) {
	for name, text := range oddDocker {
		t.Run("docker/"+strings.ReplaceAll(name, " ", "_"), func(t *testing.T) { odd(t, text, neither) })
	}
	for name, text := range oddGit {
		t.Run("git/"+strings.ReplaceAll(name, " ", "_"), func(t *testing.T) { odd(t, neither, text) })
	}
	t.Run("neither", func(t *testing.T) { odd(t, neither, neither) })
}

func odd(t *testing.T, docker, git string) {
	t.Parallel()
	p := newPerson(t)
	if docker != neither {
		p.Write(t, ".docker/config.json", []byte(docker))
	}
	if git != neither {
		p.Write(t, ".gitconfig", []byte(git))
	}
	p.thereAndBack()
}

// thereAndBack configures and unconfigures.
func (p *person) thereAndBack() {
	p.t.Helper()
	before := p.snapshot()
	p.configure("--force")
	p.configured()
	p.secretless()
	after := p.snapshot()
	p.configure("--force")
	p.same("configured again", after)
	p.must("unconfigure")
	p.same("unconfigured", before)
	p.must("unconfigure")
	p.must("unconfigure", registry)
	p.same("unconfigured twice", before)

	p.configure("--force")
	for _, host := range []string{server, second, own, registry} {
		p.must("unconfigure", host)
	}
	p.same("one after the other", before)
}

// secretless looks for the secrets of the odd files in the record.
func (p *person) secretless() {
	p.t.Helper()
	for name, text := range p.snapshot() {
		if strings.Contains(name, "credential-iam") && (strings.Contains(text, "geheim") || strings.Contains(text, "Z2VoZWlt") || strings.Contains(text, "dTpw")) {
			p.t.Errorf("%s holds a secret: %s", name, text)
		}
	}
}

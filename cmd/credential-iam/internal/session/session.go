package session

import (
	"cmp"
	"crypto/rand"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/loopback"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/metadata"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// Options say what a session is.
type Options struct {
	Env helper.Env
	// Environ is the environment that is changed, as os.Environ returns it.
	Environ []string
	// Target is the account, as for an access token, and Email its e-mail.
	Target helper.Target
	Email  string
	// Project is the project that the person has named, "" for the usual one.
	Project string
	// Number is the project's number, "" where it is not known: there is no way to
	// learn it without a call that the account may not be allowed to make.
	Number string
	// Kind is what the credential file is.
	Kind Kind
	// Listen is an address of the person's choosing, "" for a port on loopback. On
	// it every path has a secret.
	Listen string
}

// Session is a session that is ready to be served.
type Session struct {
	Plan     Plan
	Listener *net.TCPListener
	// Environ is the environment inside, and Lines what differs, as a shell reads it.
	Environ, Lines []string

	// Folder has the files.
	Folder *keystore.Folder

	env environment
}

// New listens, and makes the files. Close removes them.
func New(o Options) (*Session, error) {
	s := &Session{Plan: Plan{Target: o.Target}}
	if err := s.make(o); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Session) make(o Options) (err error) {
	if err := aloneWithout(o); err != nil {
		return err
	}
	if err := s.listen(o.Listen); err != nil {
		return err
	}
	if s.Folder, err = keystore.NewFolder(o.Env.Getenv); err != nil {
		return local("make a folder for the session", err)
	}
	if err := checkHeld(o, s.Folder.InMemory); err != nil {
		return err
	}
	gcloud := source.ReadGcloud(o.Env)
	s.Plan.Folder, s.Plan.Capability = s.Folder.Path, keystore.NewSecret(rand.Text()+rand.Text())
	s.Plan.Account = metadata.Account{
		Email: o.Email, Universe: cmp.Or(o.Target.UniverseDomain, helper.DefaultUniverse), Scopes: o.Target.Scopes, Number: o.Number,
		Project: cmp.Or(o.Project, o.Env.Getenv("GOOGLE_CLOUD_PROJECT"), o.Env.Getenv("CLOUDSDK_CORE_PROJECT"), gcloud.Properties["core/project"], projectOf(o.Email)),
	}
	if err := checkProject(s.Plan.Account.Project); err != nil {
		return err
	}
	if err := s.furnish(o, gcloud); err != nil {
		return local("write the files of the session", err)
	}
	return nil
}

// checkHeld refuses a token that the person holds where it would lie on a disk.
func checkHeld(o Options, inMemory bool) error {
	if o.Env.Getenv(heldToken) == "" || inMemory {
		return nil
	}
	return &helper.Error{
		Who: helper.User, Op: "start with", Object: heldToken, Code: "held-token",
		Reason: "programs inside would need the token, and there is no memory file system to keep it on", Hint: helper.Unset(heldToken),
	}
}

// checkProject refuses what is no project, whoever names it: it becomes a line of a
// file and of a script, in which a line break would set another variable.
func checkProject(project string) error {
	err := helper.CheckProject(project)
	if project == "" || err == nil {
		return nil
	}
	if helper.LooksSecret(project) {
		project, err = "the project", errors.New(helper.NotShown)
	}
	return &helper.Error{
		Who: helper.User, Op: "work in the project", Object: helper.OneLine(project, 60), Code: "project",
		Reason: err.Error(), Hint: "credential-iam exec --project PROJECT -- COMMAND", Cause: err,
	}
}

const adcVariable = helper.ADCVariable

// detection has newer libraries not look whether there is a metadata server.
const detection = "METADATA_SERVER_DETECTION"

// aloneWithout refuses to leave out the credential file where the person has a login:
// the libraries of Go and Node.js would take that, wherever gcloud's configuration is.
func aloneWithout(o Options) error {
	if o.Kind != None || o.Env.HomeDir == "" {
		return nil
	}
	login := filepath.Join(o.Env.HomeDir, ".config", "gcloud", "application_default_credentials.json")
	if _, err := os.Stat(login); err != nil {
		return nil //nolint:nilerr // no login
	}
	return &helper.Error{
		Who: helper.User, Op: "leave out", Object: "the credential file", Code: "own-login",
		Reason: login + " would go before the account for libraries of Go and Node.js", Hint: "credential-iam exec --credential-file federation -- COMMAND",
	}
}

// listen opens the port, and decides how callers are known.
func (s *Session) listen(address string) error {
	chosen := address != ""
	l, err := net.Listen("tcp", cmp.Or(address, "127.0.0.1:0"))
	if err != nil {
		return unbound(address, err)
	}
	s.Listener = l.(*net.TCPListener)
	if !chosen && loopback.Knows() {
		s.Plan.Host = l.Addr().String()
	} else {
		s.Plan.Path = "/" + rand.Text() + rand.Text()
	}
	return nil
}

// furnish writes the files and makes the environment.
func (s *Session) furnish(o Options, gcloud source.Gcloud) error {
	dir, err := writeGcloud(s.Plan.Folder, gcloud, o.Env.Now())
	if err != nil {
		return err
	}
	address := s.address()
	at := address + s.Plan.Path
	s.env = environment{getenv: lookup(o.Environ), set: map[string]string{
		"CLOUDSDK_CONFIG": dir, adcVariable: credentialPath(s.Plan.Folder), helper.ExecVariable: credentialPath(s.Plan.Folder),
	}, drop: map[string]bool{}}
	for _, name := range helper.MetadataVariables() {
		s.env.set[name] = at
	}
	s.env.set[detection] = "assume-present"
	if o.Kind == None {
		delete(s.env.set, adcVariable)
		s.env.drop[adcVariable] = true
	}
	for _, name := range append(strangers(), ours()...) {
		s.env.drop[name] = true
	}
	s.env.project(o.Project, s.Plan.Account.Project)
	host, _, _ := net.SplitHostPort(address)
	s.env.direct(host)
	s.env.tell(o.Env.Log)
	s.Environ, s.Lines = s.env.apply(o.Environ), s.env.lines()
	return writeCredential(&s.Plan, o.Kind, "http://"+at, s.env.changes())
}

// address is where programs reach the server: a person who has it listen on every
// address has them come by loopback, or knows better.
func (s *Session) address() string {
	a := s.Listener.Addr().(*net.TCPAddr)
	if a.IP.IsUnspecified() {
		return (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: a.Port}).String()
	}
	return a.String()
}

// Alone reports whether the server is on loopback.
func (s *Session) Alone() bool { return s.Listener.Addr().(*net.TCPAddr).IP.IsLoopback() }

// Close ends what New began.
func (s *Session) Close() {
	if s.Listener != nil {
		_ = s.Listener.Close()
	}
	if s.Folder != nil {
		_ = s.Folder.Remove()
	}
}

// projectOf is the project that a service account belongs to, "" where its name does
// not say.
func projectOf(email string) string {
	_, domain, _ := strings.Cut(email, "@")
	project, ok := strings.CutSuffix(domain, ".iam.gserviceaccount.com")
	if !ok {
		return ""
	}
	return project
}

// unbound is the error of an address that cannot be listened on: another port may be
// free, and which addresses there are the machine says.
func unbound(address string, err error) error {
	e := helper.AsError(local("listen on "+cmp.Or(address, "loopback"), err))
	name, _, splitErr := net.SplitHostPort(address)
	switch {
	case splitErr != nil:
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		e.Reason, e.Hint = "this machine has no such address", helper.AddressesCommand()
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, fs.ErrPermission):
		e.Hint = "credential-iam serve --listen " + helper.ShellWord(net.JoinHostPort(name, "0"))
	}
	return e
}

// local is the error of what this machine does not do.
func local(op string, err error) error {
	var opErr *net.OpError
	if errors.As(err, &opErr) {
		err = opErr.Err
	}
	return &helper.Error{Who: helper.User, Op: op, Reason: err.Error(), Code: "session", Cause: err}
}

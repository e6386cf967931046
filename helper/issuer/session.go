package issuer

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer/issuerpb"
	"github.com/credential-iam/credential-iam/helper/trust"
)

// session is one life of a plugin's process.
type session struct {
	host *Host
	// object is what the person asked about: the host, or the plugin.
	object  string
	journal *journal
	file    *opened
	process *process
	config  *plugin.ClientConfig
	client  *plugin.Client
	conn    *connection
	// dir is the private folder of the sockets.
	dir string
	// allowed is the time that the plugin had from its start.
	allowed time.Duration
	// unwatch ends the watch that kills the process when the request ends.
	unwatch func() bool
}

// start checks the plugin's file again, starts it and connects to it. The
// process is killed as soon as ctx ends.
func (h *Host) start(ctx context.Context, object, pin string, sum bool) (*session, error) {
	file, err := openTrusted(h.name, h.path, pin, sum)
	if err != nil {
		return nil, err
	}
	s := &session{host: h, object: object, file: file, journal: newJournal(h.name, h.opts.Env.Log)}
	if end, ok := ctx.Deadline(); ok {
		s.allowed = time.Until(end).Round(100 * time.Millisecond)
	}
	if err := s.run(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *session) run(ctx context.Context) error {
	temp := socketDir(s.host.opts)
	s.config = &plugin.ClientConfig{
		HandshakeConfig:  handshake(ProtocolVersion),
		Plugins:          plugin.PluginSet{pluginName: &glue{}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     s.host.opts.Timeout,
		Logger:           hclog.NewNullLogger(),
		Stderr:           s.journal.stream(),
		SyncStdout:       s.journal.stream(),
		SyncStderr:       s.journal.stream(),
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: temp},
		GRPCDialOptions:  []grpc.DialOption{grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxReply))},
		// go-plugin's own runner would pass on standard input, and leave the
		// plugin's children and sockets behind.
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, dir string) (runner.Runner, error) {
			s.dir = dir
			p, err := newProcess(s.file, cmd.Env, dir)
			if err != nil {
				return nil, err
			}
			s.process = p
			s.unwatch = context.AfterFunc(ctx, func() { _ = p.Kill(context.WithoutCancel(ctx)) })
			return p, nil
		},
	}
	s.client = plugin.NewClient(s.config)
	if _, err := s.client.Start(); err != nil {
		return s.startFault(ctx, err)
	}
	if err := s.greetingFault(); err != nil {
		return err
	}
	if err := s.file.unchanged(s.host.name); err != nil {
		return err
	}
	protocol, err := s.client.Client()
	if err != nil {
		return s.callFault(ctx, nil, err)
	}
	conn, err := protocol.Dispense(pluginName)
	if err != nil {
		return s.callFault(ctx, nil, err)
	}
	s.conn = conn.(*connection)
	return nil
}

// close ends the plugin and its children and removes its sockets. Nothing that
// the plugin does can delay it for long: the process is killed before go-plugin
// tries to say good-bye to it.
func (s *session) close() {
	if s.process != nil {
		s.unwatch()
		_ = s.process.Kill(context.Background())
		s.client.Kill()
	}
	if s.dir != "" {
		if err := os.RemoveAll(s.dir); err != nil {
			s.host.opts.Env.Log.Printf("issuer %s: %v", s.host.name, err)
		}
	}
	_ = s.file.file.Close()
}

// socketDir returns where the private folder of the sockets is made. The path of
// a socket has at most 104 bytes (macOS), of which go-plugin needs 40.
func socketDir(o HostOptions) string {
	if o.TempDir != "" {
		return o.TempDir
	}
	if o.Env.Getenv == nil || runtime.GOOS == "windows" {
		return ""
	}
	dir := o.Env.Getenv("XDG_RUNTIME_DIR")
	if len(dir) <= 60 && filepath.IsAbs(dir) && trust.Private(dir) {
		return dir
	}
	if dir := o.Env.Getenv("TMPDIR"); filepath.IsAbs(dir) && len(dir) <= 60 {
		return dir
	}
	return "/tmp"
}

func (s *session) describe(ctx context.Context) (Description, error) {
	r, err := s.conn.Describe(ctx, &issuerpb.DescribeRequest{})
	if err != nil {
		return Description{}, s.callFault(ctx, nil, err)
	}
	d := Description{Name: s.host.name, Path: s.file.path, SHA256: s.file.sum, Protocol: s.client.NegotiatedVersion()}
	d.fill(r)
	return d, nil
}

// issue serves the identity to the plugin and asks it for its credential.
func (s *session) issue(ctx context.Context, req *issuerpb.IssueRequest, id Identity) (helper.Token, error) {
	served := &servedIdentity{identity: id, journal: s.journal, ctx: ctx}
	stop, err := s.serve(ctx, served, req)
	if err != nil {
		return helper.Token{}, s.callFault(ctx, nil, err)
	}
	defer stop()
	r, err := s.conn.Issue(ctx, req)
	if err != nil {
		return helper.Token{}, s.callFault(ctx, served, err)
	}
	if f := r.GetFailure(); f != nil {
		return helper.Token{}, s.failed(served, f)
	}
	s.journal.hide(r.GetCredential().GetSecret())
	token, err := checkCredential(r.GetCredential(), req.GetHost(), s.host.opts.Env.Now())
	if err != nil {
		return helper.Token{}, s.fault(helper.PluginAuthor, err.Error())
	}
	return token, nil
}

// serve opens the broker's second direction: a socket of its own in the same
// private folder, with the same certificates.
func (s *session) serve(ctx context.Context, served *servedIdentity, req *issuerpb.IssueRequest) (stop func(), err error) {
	req.Identity = s.conn.broker.NextId()
	type accepted struct {
		l   net.Listener
		err error
	}
	got := make(chan accepted, 1)
	go func() {
		// It tells the plugin the address and blocks while the plugin does not read.
		l, err := s.conn.broker.Accept(req.GetIdentity())
		got <- accepted{l, err}
	}()
	var a accepted
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case a = <-got:
	}
	if a.err != nil {
		return nil, a.err
	}
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(s.config.TLSConfig)), grpc.MaxRecvMsgSize(maxPayload+maxReply))
	issuerpb.RegisterIdentityServer(server, served)
	go func() { _ = server.Serve(a.l) }()
	return server.Stop, nil
}

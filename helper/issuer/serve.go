package issuer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/credential-iam/credential-iam/helper/issuer/issuerpb"
)

// Serve is the whole main of a plugin. It returns when the host is done with
// the process; after it, main returns. Started by a person it says what the
// program is, and with --describe it prints its [Description] as JSON.
func Serve(i Issuer, options ...ServeOption) {
	d := Description{Protocol: ProtocolVersion}
	for _, o := range options {
		o(&d)
	}
	if os.Getenv(cookieName) != cookieValue {
		os.Exit(byHand(os.Args, d, os.Stdout, os.Stderr))
	}
	go followHost(os.Stdin)
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: handshake(ProtocolVersion),
		Plugins: plugin.PluginSet{pluginName: &glue{serve: func(b *plugin.GRPCBroker) issuerpb.IssuerServer {
			return &server{issuer: i, description: d, broker: b}
		}}},
		GRPCServer: plugin.DefaultGRPCServer,
		Logger:     hclog.NewNullLogger(),
	})
}

// followHost ends the process, and what it started, when the host's end of
// standard input closes: the host was killed and could not do it itself.
func followHost(stdin io.Reader) {
	_, _ = io.Copy(io.Discard, stdin)
	killOwnGroup()
	os.Exit(1)
}

// byHand answers a person who runs the plugin by hand and returns the exit
// status.
func byHand(args []string, d Description, stdout, stderr io.Writer) int {
	name := "credential-iam-issuer"
	if len(args) > 0 {
		name = filepath.Base(args[0])
	}
	if len(args) == 2 && args[1] == "--describe" {
		if short, err := nameOf(name); err == nil {
			d.Name = short
		}
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		if enc.Encode(d) != nil {
			return 1
		}
		return 0
	}
	if len(args) == 2 && (args[1] == "--help" || args[1] == "-h") {
		fmt.Fprintf(stdout, "usage: %s --describe\n\nThis is an issuer plugin: credential-iam starts it by itself.\n", name)
		return 0
	}
	fmt.Fprintf(stderr, "%s: this is an issuer plugin, which credential-iam starts by itself; run: %s --describe\n", name, name)
	return 2
}

// server is the plugin's end of the Issuer service.
type server struct {
	issuerpb.UnimplementedIssuerServer
	issuer      Issuer
	description Description
	broker      *plugin.GRPCBroker
}

func (s *server) Describe(context.Context, *issuerpb.DescribeRequest) (*issuerpb.DescribeResponse, error) {
	return s.description.wire(), nil
}

func (s *server) Issue(ctx context.Context, r *issuerpb.IssueRequest) (*issuerpb.IssueResponse, error) {
	for name, value := range r.GetEnvironment() {
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	// The broker drops an address that is not dialed within 5 seconds, so the
	// connection is made now and not when the issuer first needs it.
	conn, err := s.broker.DialWithOptions(r.GetIdentity(), grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(2*maxPayload)))
	if err != nil {
		return nil, fmt.Errorf("connect to the identity: %w", err)
	}
	defer func() { _ = conn.Close() }()
	req := Request{
		Protocol: r.GetProtocol(), Host: r.GetHost(), Path: r.GetPath(),
		ServiceAccount: r.GetServiceAccount(), Options: maps.Clone(r.GetOptions()),
	}
	c, err := s.issuer.Issue(ctx, req, &remoteIdentity{client: issuerpb.NewIdentityClient(conn)})
	if err != nil {
		return &issuerpb.IssueResponse{Result: &issuerpb.IssueResponse_Failure{Failure: failure(err)}}, nil
	}
	return &issuerpb.IssueResponse{Result: &issuerpb.IssueResponse_Credential{Credential: &issuerpb.Credential{
		Host: r.GetHost(), Username: c.Username, Secret: c.Secret.Reveal(),
		Expires: timestamppb.New(c.Expires), Bearer: c.Bearer,
	}}}, nil
}

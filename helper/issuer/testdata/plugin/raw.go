package main

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/credential-iam/credential-iam/helper/issuer/issuerpb"
)

// raw serves the protocol without package issuer, as a hostile or foreign plugin would.
func raw(name string) {
	version := uint(1)
	switch name {
	case "version0":
		version = 0
	case "version2":
		version = 2
	}
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: version, MagicCookieKey: "CREDENTIAL_IAM_ISSUER", MagicCookieValue: "d0f29a4e5b8c4c70a6f1b9f9a9c0e7d8",
		},
		Plugins:    plugin.PluginSet{"issuer": &glue{name: name}},
		GRPCServer: plugin.DefaultGRPCServer,
	})
}

type glue struct {
	plugin.NetRPCUnsupportedPlugin
	name string
}

func (g *glue) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	if g.name != "noissuer" {
		issuerpb.RegisterIssuerServer(s, &server{name: g.name})
	}
	return nil
}

func (*glue) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

type server struct {
	issuerpb.UnimplementedIssuerServer
	name string
}

func (s *server) Describe(context.Context, *issuerpb.DescribeRequest) (*issuerpb.DescribeResponse, error) {
	if s.name == "hang-describe" {
		select {}
	}
	return &issuerpb.DescribeResponse{}, nil
}

func (s *server) Issue(_ context.Context, r *issuerpb.IssueRequest) (*issuerpb.IssueResponse, error) {
	c := &issuerpb.Credential{Host: r.GetHost(), Username: "u", Secret: "s3cret", Expires: timestamppb.New(time.Now().Add(time.Hour))}
	switch s.name {
	case "nothing":
		return &issuerpb.IssueResponse{}, nil
	case "flagged":
		return &issuerpb.IssueResponse{Result: &issuerpb.IssueResponse_Failure{Failure: &issuerpb.Failure{Identity: true}}}, nil
	case "otherhost":
		c.Host = "evil.example.com"
	case "nohost":
		c.Host = ""
	case "huge":
		c.Secret = strings.Repeat("s", 1<<20)
	}
	return &issuerpb.IssueResponse{Result: &issuerpb.IssueResponse_Credential{Credential: c}}, nil
}

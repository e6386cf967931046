package issuer

import (
	"context"
	"errors"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/credential-iam/credential-iam/helper/issuer/issuerpb"
)

// Bounds of what crosses the wire.
const (
	// maxSecret is the most that a keystore takes, see package keystore.
	maxSecret = 16 << 10
	// maxReply bounds a message of the plugin: a secret and its company.
	maxReply = 64 << 10
	// maxReason bounds a reason or a hint.
	maxReason = 1500
	// maxPayload bounds what a plugin may have signed.
	maxPayload = 1 << 20
	// maxCalls bounds how often a plugin may call the Identity in one life.
	maxCalls = 32
)

// pluginName is the one service of go-plugin's table.
const pluginName = "issuer"

// With the cookie a plugin knows that a host started it, and not a person. It is
// not a secret and protects nothing.
const (
	cookieName  = "CREDENTIAL_IAM_ISSUER"
	cookieValue = "d0f29a4e5b8c4c70a6f1b9f9a9c0e7d8"
)

func handshake(version uint) plugin.HandshakeConfig {
	return plugin.HandshakeConfig{
		ProtocolVersion:  version,
		MagicCookieKey:   cookieName,
		MagicCookieValue: cookieValue,
	}
}

// glue is the one type that go-plugin knows of: on the plugin's side it
// registers the issuer, on the host's side it returns a connection.
type glue struct {
	plugin.NetRPCUnsupportedPlugin
	serve func(*plugin.GRPCBroker) issuerpb.IssuerServer
}

// connection is what the host dispenses.
type connection struct {
	issuerpb.IssuerClient
	broker *plugin.GRPCBroker
}

func (g *glue) GRPCServer(broker *plugin.GRPCBroker, s *grpc.Server) error {
	if g.serve == nil {
		return errors.New("nothing to serve")
	}
	issuerpb.RegisterIssuerServer(s, g.serve(broker))
	return nil
}

func (*glue) GRPCClient(_ context.Context, broker *plugin.GRPCBroker, c *grpc.ClientConn) (any, error) {
	return &connection{IssuerClient: issuerpb.NewIssuerClient(c), broker: broker}, nil
}

// Package issuerpb is the wire form of an issuer plugin's protocol, generated
// from issuer.proto. It is not an API beyond that file; plugin authors use
// package issuer.
package issuerpb

//go:generate protoc --go_out=. --go_opt=paths=source_relative --go-grpc_out=. --go-grpc_opt=paths=source_relative issuer.proto

// Package layers tests who may import whom: the packages of this module among each
// other, and what the programs link.
//
// The linter (depguard in .golangci.yml) says at the import itself what is wrong
// with it. It sees direct imports alone; what is reached through another package,
// or on another system, is seen here. The package has no code but its tests.
package layers

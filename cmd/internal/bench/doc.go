// Package bench measures the real programs, as whole processes, beside an empty Go
// process and beside other credential helpers that are there:
//
//	.ci/bench -table
//	.ci/bench -n 100 -only warm -peers none >new.txt
//	.ci/bench -peers build -readme cmd/internal/bench/README.md -svg cmd/internal/bench/bench.svg
//
// It builds everything with the flags of a release, starts a stand-in for Google
// on loopback addresses (helper/iam/iamtest), makes home folders that need no
// account, and prints every run in the form of Go's benchmarks, for benchstat, or
// tables in Markdown. Nothing outside temporary folders is changed, and no network
// is needed, but for "-peers build", which fetches the peers' source through Go's
// module proxy.
//
// A docker push is a real one where docker and dockerd are installed and this is
// root: an engine of its own (cmd/internal/testenv/engine) is started for it, and ended.
// An old one (20.10) makes a key in /etc/docker if there is none. Elsewhere the
// push is that of a registry client library, and the report says why.
//
// How it measures: the commands of a table run in turn, round by round and an
// empty process with them, each round in another order, so that what else the
// machine does meets all of them alike. A ratio is that of a command to the empty
// process of its own round, and the table has the median of the ratios. Every
// command is checked once before, and its exit status at every run.
//
// All programs are copied once before they are measured: how the page cache holds
// a file (in large pieces when it was copied, in single pages when a linker wrote
// it or a fault read it in) is up to a tenth of a start. With -evict it is single
// pages for all, as after a boot.
package bench

# make test is the one test command: it installs the real parts that the tests
# drive where it can, and runs every test with the race detector.

FUZZTIME = 20s
SOAK = 5m

.PHONY: build quick test lint bench fuzz soak reliability snapshot release check-release clean

build:
	./install.sh --bin-dir bin

# For daily work: without the real parts and what waits for seconds. Nothing is
# installed.
quick:
	go vet ./...
	go test -short $$(go list ./... | grep -v /e2e/) ./cmd/internal/e2e/scripts

test:
	@.ci/test

lint:
	@.ci/lint

# What a person waits for, beside an empty process; flags in BENCH="-only warm".
bench:
	@.ci/bench -table $(BENCH)

fuzz:
	@.ci/fuzz $(FUZZTIME)

# Minutes of many gets on short-lived tokens, with faults, kills and restarts; and
# every fault in every state of the machine.
soak:
	go test -race ./cmd/internal/e2e/soak -run TestSoak -soak $(SOAK) -timeout 30m -v
	go test -race ./cmd/internal/e2e/faults -run TestMatrix -every -timeout 30m

# Every fault of docs/reliability.md, on the real programs; writes what was seen
# there. As root, on Debian for x86_64.
reliability:
	@.ci/guest
	go test ./cmd/internal/e2e/faults -run 'TestReliability$$' -table -count=1 -timeout 30m

# Everything that a machine without Go installs, into dist/; nothing is published.
snapshot:
	@.ci/snapshot snapshot $(TARGET)

release:
	@.ci/snapshot release

# What snapshot or release left in dist/, file by file, the deb in an empty Debian, and
# whether a second build of the same commit is equal. It takes as long as making it.
check-release:
	@.ci/debian
	PATH="$$PWD/.tools:$$PATH" go test ./cmd/internal/e2e/release -count=1 -timeout 60m -v -dist "$$PWD/dist" -debian "$$PWD/.tools/debian"

clean:
	rm -rf bin dist .release .tools

# make test is the one test command: it installs the real parts that the tests
# drive where it can, and runs every test with the race detector.

FUZZTIME = 20s
ROUNDS = 5

.PHONY: build test lint bench fuzz soak clean

build:
	./install.sh --bin-dir bin

test:
	@.ci/test

lint:
	@.ci/lint

# What a person waits for, beside an empty process; flags in BENCH="-only warm".
bench:
	@.ci/bench $(BENCH)

fuzz:
	@.ci/fuzz $(FUZZTIME)

# Every test several times over, in another order each time.
soak:
	@.ci/test -shuffle=on -count=$(ROUNDS) -timeout=60m

clean:
	rm -rf bin .tools

# From a fresh clone with git, make and Node >= 20.10: `make demo` shows it, `make test` tests it.

.PHONY: demo test check bench bench-fuse build clean

# KEEP=1 leaves the demo's mount there until Ctrl-C.
demo: build
	@scripts/demo $(if $(KEEP),--keep)

test: node_modules/.installed
	@scripts/install-test-programs
	@scripts/install-fuse-native
	npm run --silent static
	npx --no-install vitest run

# What needs neither a network nor /dev/fuse.
check: node_modules/.installed
	npm run --silent check

# The mount beside what people would use instead, written to docs/benchmarks.md. Parts of it:
# make bench BENCH='--quick --only write', see BENCH=--help.
bench: build
	@scripts/install-bench-peers
	npm run --silent bench -- $(BENCH)

# The FUSE layer alone over files in memory, both backends.
bench-fuse: node_modules/.installed
	@scripts/install-fuse-native
	npm run --silent bench:fuse

build: node_modules/.installed
	@npm run --silent build

node_modules/.installed: package-lock.json
	npm ci --no-audit --no-fund
	@touch $@

clean:
	rm -rf dist node_modules .cache

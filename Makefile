# Tongbu. `make test` needs only Go and a POSIX make and shell; the tools that
# lint, generate and breaking need are built from tools/go.mod on first use.
.POSIX:

FUZZTIME ?= 30s
TESTTIME ?= 15m

TOOLS = bin/tools
TOOL_MOD = tools/go.mod tools/go.sum

# What the wire contract is compared with: the last release, or else the
# commit before. While nothing is released, an intended break is let through
# with `make breaking AGAINST=HEAD`.
AGAINST ?=

# Pure packages: cheap enough to run under the race detector every time.
PURE = ./internal/access/... ./internal/change/... ./internal/matching/... ./internal/merge/... ./internal/schema/... \
	./internal/filter/... ./internal/question/... ./internal/system/... ./internal/tree/... ./syncer/ ./hub/follow/

help: ## show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | \
		awk -F'|' '{ printf "  %-15s %s\n", $$1, $$2 }'

build: ## build the program for this machine: bin/tongbu
	CGO_ENABLED=0 go build -trimpath -o bin/tongbu ./cmd/tongbu

test: ## vet and test everything
	CGO_ENABLED=0 go vet ./...
	CGO_ENABLED=0 go test -vet=off -timeout $(TESTTIME) ./... # all of it was vetted above

measure: ## time saves, receipts and a large put, and weigh the processes: a table
	CGO_ENABLED=0 go test ./cmd/tongbu -count=1 -run 'TestMeasure$$' -v | grep '|'

# Debian's PostgreSQL is installed when there is none; the benchmarks' other
# parts come with the Go modules and the packages of bench/node.
BENCH_NODE = bench/node/node_modules/.package-lock.json

bench: bench-tools ## tongbu beside its peers: bench/results and docs/performance.md
	cd bench && CGO_ENABLED=0 go run .

bench-scale: bench-tools ## the same with large sizes: takes an hour
	cd bench && CGO_ENABLED=0 BENCH_SCALE=1 go run .

bench-tools: $(BENCH_NODE) ## install what the peers need
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
		{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends postgresql; } || \
		echo "bench: PostgreSQL is not to be had; its rows are skipped"

$(BENCH_NODE): bench/node/package.json
	@command -v npm >/dev/null || { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends nodejs npm; } || true
	cd bench/node && npm install --no-audit --no-fund || echo "bench: PouchDB is not to be had; its rows are skipped"

# Benchmarks of the hot paths, for benchstat: the first run is kept as what is
# compared with; remove bench/results/go-before.txt to start over.
BENCHCOUNT ?= 6
BENCHTIME ?= 0.3s
HOT = ./internal/change ./internal/journal ./internal/merge ./internal/records ./internal/schema ./syncer/... ./hub ./hub/view/sqlite ./hub/reconcile

bench-go: $(TOOLS)/benchstat ## benchmarks of the hot paths, before and after
	@out=bench/results/go-after.txt; test -f bench/results/go-before.txt || out=bench/results/go-before.txt; \
	CGO_ENABLED=0 go test -run '^$$' -bench . -benchmem -count $(BENCHCOUNT) -benchtime $(BENCHTIME) $(HOT) >$$out || { cat $$out; exit 1; }; \
	echo "wrote $$out"; \
	test ! -f bench/results/go-after.txt || $(TOOLS)/benchstat bench/results/go-before.txt bench/results/go-after.txt | tee bench/results/benchstat.txt

records: ## write what a build carries of the declarations of records, docs/records.md and the tables of docs/exchange.md
	CGO_ENABLED=0 go test ./internal/schema -run "^TestDeclared$$" -update
	CGO_ENABLED=0 go test ./internal/schema/manual -update
	CGO_ENABLED=0 go test ./internal/mapping -run "^TestPages$$" -update

race: ## test everything under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race -timeout 30m ./...

race-pure: ## the race detector on the pure packages that exist
	CGO_ENABLED=1 go test -race -timeout 15m $$(go list -e -f '{{if .GoFiles}}{{.Dir}}{{end}}' $(PURE) 2>/dev/null)

lint: lint-go lint-proto breaking ## all linters

lint-go: $(TOOLS)/golangci-lint ## the Go linters of .golangci.yml
	$(TOOLS)/golangci-lint config verify
	$(TOOLS)/golangci-lint run ./...

lint-proto: $(TOOLS)/buf ## the style of the wire contract
	$(TOOLS)/buf lint

breaking: $(TOOLS)/buf ## the wire contract against the last release, or the commit before
	@base='$(AGAINST)'; \
	test -n "$$base" || base=$$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null) || base=HEAD~; \
	if test -z "$$(git ls-tree -r --name-only "$$base" -- proto 2>/dev/null | grep '\.proto$$')"; then \
		echo "breaking: $$base has no wire contract to compare with"; \
	else \
		echo "buf breaking against $$base"; \
		git archive --format=tar "$$base" proto | \
			$(TOOLS)/buf breaking --against '-#format=tar' --against-config buf.yaml; \
	fi

GENERATED = '*.pb.go' '*.pb.gw.go' '*.openapi.json'

generate: $(TOOLS)/buf $(TOOLS)/protoc-gen-go $(TOOLS)/protoc-gen-go-grpc $(TOOLS)/protoc-gen-grpc-gateway $(TOOLS)/protoc-gen-openapiv3 ## write the code of the contracts
	$(TOOLS)/buf build -o /dev/null
	find proto \( -name '*.pb.go' -o -name '*.pb.gw.go' -o -name '*.openapi.json' \) -exec rm -f {} +
	$(TOOLS)/buf generate

generate-check: generate ## fail when the committed code is not what generate writes
	git diff --exit-code -- $(GENERATED)
	@new=$$(git ls-files --others --exclude-standard -- $(GENERATED)); \
	test -z "$$new" || { echo "not committed: $$new"; exit 1; }

tidy-check: ## fail when a go.mod or go.sum is not tidy
	go mod tidy -diff
	cd tools && go mod tidy -diff
	cd tools/alerts && go mod tidy -diff
	cd tools/release && go mod tidy -diff

# The go command calls it a failure when the time is over within an input; that
# alone, without a failing input, is none.
fuzz: ## run every fuzz target for FUZZTIME (30s)
	@find . -name '*_test.go' -exec grep -o '^func Fuzz[A-Za-z0-9_]*' /dev/null {} + | sort | \
	while IFS=: read -r file target; do \
		dir=$${file%/*}; name=$${target#func }; \
		echo "$$dir $$name"; \
		out=$$(CGO_ENABLED=0 go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$dir" </dev/null 2>&1) && { echo "$$out"; continue; }; \
		echo "$$out"; \
		case $$out in *"Failing input"*|*panic:*) exit 1 ;; *"    context deadline exceeded"*) ;; *) exit 1 ;; esac; \
	done

documents: ## paste README.md and docs/operations.md block by block, on the ports they name
	TONGBU_DOCUMENTS=1 CGO_ENABLED=0 go test ./cmd/tongbu -count=1 -timeout 30m -run '^(TestDocumentBlocks|TestOperations)$$' -v

examples: $(TOOLS)/grpcurl ## run the examples of docs/examples from a network namespace: each gives what the city has
	sh tools/examples.sh

# A module of its own: the product does not depend on Prometheus's engine.
monitoring: ## each alert of docs/monitoring fires by its cause, each question of the dashboard has an answer
	cd tools/alerts && CGO_ENABLED=0 go vet ./... && CGO_ENABLED=0 go test -count=1 -timeout $(TESTTIME) ./...

screenshots: ## a picture of every page of a station, and what comes out of its printer: bin/screenshots
	rm -rf bin/screenshots
	TONGBU_SCREENSHOTS=$(CURDIR)/bin/screenshots CGO_ENABLED=0 go test ./internal/test/browser -count=1 -run '^TestScreenshots$$' -v

planted: ## plant each known kind of bug; the suite that must see it must fail
	TONGBU_PLANTED=1 CGO_ENABLED=0 go test ./internal/test/planted -count=1 -timeout 60m -run 'TestPlanted$$' -v

compat: ## networks of the last release's program and this one, mixed and upgraded
	TONGBU_COMPAT=1 CGO_ENABLED=0 go test ./cmd/tongbu -count=1 -timeout 30m -run 'TestCompat$$' -v

PKG ?= ./internal/change
FILES ?=

mutate: $(TOOLS)/gremlins ## mutation testing of PKG, or of its FILES, with its own tests: what survives
	FILES='$(FILES)' sh tools/mutate.sh $(PKG)

# The packages whose suites have a long form: those that this tree has.
SOAK = ./internal/test/... ./internal/journal/... ./internal/facts/... ./syncer/... ./hub/... ./node/... ./cmd/tongbu/...
REPORT = $(CURDIR)/bin/report.jsonl

soak: ## the long form of every suite, one after another; their lines at the end
	@mkdir -p bin; rm -f "$(REPORT)"; failed=; \
	for pkg in $$(go list -e -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' $(SOAK) 2>/dev/null); do \
		echo "soak: $$pkg"; \
		TONGBU_SOAK=1 TONGBU_REPORT="$(REPORT)" CGO_ENABLED=0 \
			go test -count=1 -p 1 -timeout 180m "$$pkg" || failed="$$failed $$pkg"; \
	done; \
	for suite in planted compat; do \
		TONGBU_REPORT="$(REPORT)" $(MAKE) $$suite || failed="$$failed $$suite"; \
	done; \
	$(MAKE) fuzz || failed="$$failed fuzz"; \
	cat "$(REPORT)"; \
	test -z "$$failed" || { echo "soak: failed:$$failed"; exit 1; }

cross: ## build for every supported system into bin/
	@for target in linux/amd64 linux/arm64 windows/amd64 windows/386; do \
		os=$${target%/*}; arch=$${target#*/}; ext=; \
		test "$$os" != windows || ext=.exe; \
		echo "bin/tongbu-$$os-$$arch$$ext"; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch go build -trimpath \
			-o "bin/tongbu-$$os-$$arch$$ext" ./cmd/tongbu || exit 1; \
	done

release: ## binaries, Debian packages, bills of materials and checksums of what is checked out: bin/release
	cd tools/release && go run . -root ../.. -out ../../bin/release

release-twice: ## make the release of the last commit twice, apart, and compare it byte for byte
	sh tools/release-twice.sh

vet-windows: ## vet the program and its tests for Windows, 64 and 32 bits
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 go vet ./...
	GOOS=windows GOARCH=386 CGO_ENABLED=0 go vet ./...

windows-try: ## try the Windows program under Debian's Wine, which is installed when there is none
	sh tools/windows-try.sh

ci: test monitoring vet-windows tidy-check lint generate-check race build cross ## everything a change must pass

tools: $(TOOLS)/golangci-lint $(TOOLS)/buf $(TOOLS)/protoc-gen-go $(TOOLS)/protoc-gen-go-grpc $(TOOLS)/protoc-gen-grpc-gateway $(TOOLS)/protoc-gen-openapiv3 $(TOOLS)/grpcurl $(TOOLS)/benchstat $(TOOLS)/gremlins ## build the pinned tools into bin/tools

INSTALL = cd tools && CGO_ENABLED=0 go build -trimpath -o ../$(TOOLS)/

$(TOOLS)/golangci-lint: $(TOOL_MOD)
	$(INSTALL) github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@

$(TOOLS)/buf: $(TOOL_MOD)
	$(INSTALL) github.com/bufbuild/buf/cmd/buf
	@touch $@

$(TOOLS)/protoc-gen-go: $(TOOL_MOD)
	$(INSTALL) google.golang.org/protobuf/cmd/protoc-gen-go
	@touch $@

$(TOOLS)/protoc-gen-go-grpc: $(TOOL_MOD)
	$(INSTALL) google.golang.org/grpc/cmd/protoc-gen-go-grpc
	@touch $@

$(TOOLS)/protoc-gen-grpc-gateway: $(TOOL_MOD)
	$(INSTALL) github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-grpc-gateway
	@touch $@

$(TOOLS)/protoc-gen-openapiv3: $(TOOL_MOD)
	$(INSTALL) github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-openapiv3
	@touch $@

$(TOOLS)/grpcurl: $(TOOL_MOD)
	$(INSTALL) github.com/fullstorydev/grpcurl/cmd/grpcurl
	@touch $@

$(TOOLS)/benchstat: $(TOOL_MOD)
	$(INSTALL) golang.org/x/perf/cmd/benchstat
	@touch $@

$(TOOLS)/gremlins: $(TOOL_MOD)
	$(INSTALL) github.com/go-gremlins/gremlins/cmd/gremlins
	@touch $@

.PHONY: help build test measure bench bench-scale bench-tools bench-go records race race-pure lint lint-go lint-proto breaking generate examples \
	generate-check tidy-check fuzz documents monitoring screenshots planted mutate compat soak cross release release-twice vet-windows windows-try ci tools

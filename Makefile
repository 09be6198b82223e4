# Go is all that build, demo and test need. race needs a C compiler, lint fetches staticcheck as a Go module.

GO    ?= go
PKGS  := ./...
FUZZ  ?= 30s
LAW   ?= 2000

.PHONY: build demo test race lint fuzz bench soak cross check clean

build: ## the program, into bin/: one file that needs no library of the system
	CGO_ENABLED=0 $(GO) build -o bin/ ./cmd/nelm-reconcile

demo: ## the whole job on a local sandbox, before your eyes
	$(GO) run ./cmd/nelm-reconcile demo

test: ## all tests, those of reading once more as on a processor without AVX2, then the laws over LAW random lists and tenants (default 2000)
	$(GO) test -timeout 30m $(PKGS)
	GODEBUG=cpu.avx2=off $(GO) test -timeout 30m ./pkg/csvio ./pkg/schema
	$(GO) test -timeout 30m -count 1 -run 'Law|Referee|Spelling' ./pkg/diff ./pkg/plan ./pkg/apply -rapid.checks $(LAW)

race: ## all tests under the race detector
	CGO_ENABLED=1 $(GO) test -race -timeout 45m $(PKGS)

lint: ## gofmt, go vet, staticcheck
	@out=$$(git ls-files '*.go' | xargs gofmt -l); if [ -n "$$out" ]; then echo "gofmt would change:"; echo "$$out"; exit 1; fi
	$(GO) vet $(PKGS)
	$(GO) tool staticcheck $(PKGS)

fuzz: ## every fuzz target for FUZZ (default 30s each)
	@set -e; for pkg in $$($(GO) list $(PKGS)); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZ) $$pkg; \
	  done; done

bench: ## benchmarks, with ratios against a baseline in the same run
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 60m ./pkg/... ./internal/... ./cmd/...

soak: ## the crash and fault tests in full
	NELM_SOAK=1 NELM_TEST_SEEDS=400 $(GO) test -count 1 -timeout 120m ./pkg/apply/... ./cmd/...
	$(GO) test -timeout 120m -count 1 -run 'Law|Referee|Spelling' ./pkg/diff ./pkg/plan ./pkg/apply -rapid.checks 50000

cross: ## builds for the other systems
	GOOS=windows GOARCH=amd64 $(GO) build -o /dev/null ./cmd/nelm-reconcile
	GOOS=darwin  GOARCH=arm64 $(GO) build -o /dev/null ./cmd/nelm-reconcile
	GOOS=linux   GOARCH=arm64 $(GO) build -o /dev/null ./cmd/nelm-reconcile

check: lint test race cross ## what has to pass before a commit lands

clean:
	rm -rf bin

#!/bin/sh
# Mutation testing of one package with its own tests: tools/mutate.sh ./internal/change.
# Prints what survived and writes everything into bin/mutate/internal-change.json.
# MUTATE_FLAGS are more flags for go test.
set -eu
MUTATE_PKG=./$(echo "${1:?which package? tools/mutate.sh ./internal/change}" | sed 's|^\./||; s|/$||')
cd "$(dirname "$0")/.."
go list "$MUTATE_PKG" >/dev/null

work=$(mktemp -d "${TMPDIR:-/tmp}/mutate.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
mkdir "$work/bin" "$work/tmp"
(cd tools && CGO_ENABLED=0 go build -trimpath -o "$work/bin/go" ./mutate)
MUTATE_GO=$(command -v go) MUTATE_FLAGS=${MUTATE_FLAGS:-} CGO_ENABLED=0 TMPDIR=$work/tmp
export MUTATE_GO MUTATE_PKG MUTATE_FLAGS CGO_ENABLED TMPDIR
PATH=$work/bin:$PATH
ulimit -v 8388608 # a mutant that allocates without end

# Once to build it, once to see how long the tests alone take: a mutant has five times
# that and 15 s more before it counts as timed out, enough on a loaded machine.
once() { nice -n 19 go test -cover -coverprofile "$work/cover" "$MUTATE_PKG" >/dev/null; }
once
start=$(date +%s)
once
times=$((5 + 15 / ($(date +%s) - start + 1)))

mkdir -p bin/mutate
nice -n 19 bin/tools/gremlins unleash --workers 1 --timeout-coefficient "$times" --exclude-files / \
	--invert-logical --invert-loopctrl --invert-assignments --remove-self-assignments \
	--output-statuses lt --output "bin/mutate/$(echo "${MUTATE_PKG#./}" | tr / -).json" "$MUTATE_PKG"

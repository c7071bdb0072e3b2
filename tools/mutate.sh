#!/bin/sh
# Mutation testing of one package with its own tests: tools/mutate.sh ./internal/change.
# Prints what survived and writes everything into bin/mutate/internal-change.json.
# FILES are the files of it whose mutants are tried, where that is not all of them.
# MUTATE_FLAGS are more flags for go test; unsaid, they leave out the tests that alone
# take longer than two seconds.
set -eu
MUTATE_PKG=./$(echo "${1:?which package? tools/mutate.sh ./internal/change}" | sed 's|^\./||; s|/$||')
cd "$(dirname "$0")/.."
go list "$MUTATE_PKG" >/dev/null

work=$(mktemp -d "${TMPDIR:-/tmp}/mutate.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
mkdir "$work/bin" "$work/tmp"
(cd tools && CGO_ENABLED=0 go build -trimpath -o "$work/bin/go" ./mutate)
slow='^(TestHearsManySoon|TestPassesLikeJudge|TestOrderDecidesNothing|TestPutBack)$'
MUTATE_GO=$(command -v go) MUTATE_FLAGS=${MUTATE_FLAGS--skip=$slow} CGO_ENABLED=0 TMPDIR=$work/tmp
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

# gremlins knows only what to leave out: whatever lies below the package, and other files.
set -- --exclude-files /
for file in "$MUTATE_PKG"/*.go; do
	file=${file##*/}
	case " ${FILES:-$file} " in *" $file "*) ;; *) set -- "$@" --exclude-files "^$file\$" ;; esac
done

mkdir -p bin/mutate
nice -n 19 bin/tools/gremlins unleash --workers 1 --timeout-coefficient "$times" "$@" \
	--invert-logical --invert-loopctrl --invert-assignments --remove-self-assignments \
	--output-statuses "${STATUSES:-lt}" --output "bin/mutate/$(echo "${MUTATE_PKG#./}" | tr / -).json" "$MUTATE_PKG"

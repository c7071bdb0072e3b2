#!/bin/sh
# Runs the examples of docs/examples against a city with a street and a community: each
# must give the same rows as tongbu query at the city. Where this user may make network
# namespaces the examples run in one of their own, with nothing but a token and the
# authority's certificate; else on this machine.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/examples.XXXXXX")
served='' space=''
cleanup() {
	for pid in $served; do kill "$pid" 2>/dev/null || true; done
	wait 2>/dev/null || true
	[ -z "$space" ] || ip netns del "$space" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
say() { printf '%-7s %s\n' "$1" "$2"; }

cd "$here"
CGO_ENABLED=0 go build -trimpath -o "$work/tongbu" ./cmd/tongbu
CGO_ENABLED=0 go build -trimpath -o "$work/ask" ./docs/examples/ask
export PATH="$work:$PATH" TONGBU_KEYS="$work/keys" TONGBU_RESERVE=1MiB
cd "$work"

# Another machine, as far as a network goes.
apart() {
	[ "$(id -u)" = 0 ] && command -v ip && ip netns add "tongbu-$$" || return 1
	space=tongbu-$$
	ip link add "tb$$" type veth peer name eth0 netns "$space" &&
		ip addr add 10.213.7.1/30 dev "tb$$" && ip link set "tb$$" up &&
		ip -n "$space" addr add 10.213.7.2/30 dev eth0 && ip -n "$space" link set eth0 up && ip -n "$space" link set lo up
}
host=127.0.0.1 far=''
if apart >/dev/null 2>&1; then
	host=10.213.7.1 far="ip netns exec $space"
	say note "the examples run in a network namespace of their own"
else
	say note "no network namespace can be made: the examples run on this machine"
fi

cat >units.csv <<'UNITS'
code,name,level,parent_code
420200000000,黄石市,2,
420202000000,黄石港区,3,420200000000
420202007000,胜阳港街道,4,420202000000
420202007005,钟楼社区,5,420202007000
UNITS
ready() { # DIR FLAGS...: serves a directory and waits for the line that says so
	dir=$1
	shift
	tongbu serve --dir "$dir" "$@" >"$dir.out" 2>"$dir.err" &
	served="$served $!"
	n=0
	until grep -q '^ready' "$dir.out"; do
		n=$((n + 1))
		[ $n -lt 600 ] || { cat "$dir.err"; exit 1; }
		sleep 0.1
	done
}
tongbu init --dir city --unit 420200000000 --units units.csv --listen 127.0.0.1:7301 --web 127.0.0.1:7302 >/dev/null 2>&1
ready city --api "$host:7443"
tongbu join --dir street --token "$(tongbu token --dir city --unit 420202007000 2>/dev/null)" --hub https://127.0.0.1:7302 \
	--listen 127.0.0.1:7311 --web 127.0.0.1:7312 >/dev/null 2>&1
ready street
tongbu join --dir node --token "$(tongbu token --dir city --unit 420202007005 2>/dev/null)" --hub https://127.0.0.1:7312 >/dev/null 2>&1
ready node
n=0
while [ $n -lt 7 ]; do
	n=$((n + 1))
	printf '{"id":"p-%d","name":"王%d","sex":"1","birth_date":"1990-01-01","labour_ability":"1","job_wish":"1","status":"%s"}\n' $n $n $((n % 2 * 8 + 1))
done | tongbu put --dir node person >/dev/null
n=0
until [ "$(tongbu query --dir city person --select id --format csv 2>/dev/null | tail -n +2 | wc -l)" = 7 ]; do
	n=$((n + 1))
	[ $n -lt 600 ] || { say failed "the persons did not come to the city"; exit 1; }
	sleep 0.1
done
tongbu authority show --dir city >ca.pem 2>/dev/null
tongbu program add --dir city examples --unit 420200000000 --kinds person,person_facts --purpose 示例 >token 2>/dev/null
tongbu query --dir city person --filter 'status = "9"' --select id,name,street --format csv 2>/dev/null | tail -n +2 | sort >want.csv
[ "$(wc -l <want.csv)" = 4 ] || { say failed "the city has other persons"; cat want.csv; exit 1; }

export CITY="https://$host:7443" TOKEN="$work/token" CA="$work/ca.pem"
failed=0
# same NAME FILE: the rows of a file, as ID,NAME,STREET a line, are those of the city.
same() {
	if sort "$2" | cmp -s - want.csv; then say ok "$1"; else
		failed=1
		say failed "$1"
		sort "$2" | diff - want.csv || true
	fi
}
objects() { sed -n 's/.*"id": *"\([^"]*\)", *"name": *"\([^"]*\)", *"street": *"\([^"]*\)".*/\1,\2,\3/p' "$1"; }

$far sh "$here/docs/examples/ask.sh" >/dev/null
objects pages.jsonl >got && same "curl, page by page" got
objects all.jsonl >got && same "curl, all at once" got
$far curl --silent --fail-with-body --cacert "$CA" --user "any:$(cat token)" "$CITY/v1/files/person.csv?filter=status%3D%229%22&select=id,name,street" >file.csv
tr -d '\r\t"' <file.csv | tail -n +2 >got && same "an address, as a spreadsheet asks" got
$far python3 "$here/docs/examples/ask.py" >py.jsonl 2>/dev/null
objects py.jsonl >got && same python got
$far ask >go.txt 2>/dev/null
tr ' ' ',' <go.txt >got && same "go, over gRPC" got
$far tongbu query --server "$CITY" --token-file token --ca ca.pem person --filter 'status = "9"' --select id,name,street --format csv 2>/dev/null | tail -n +2 >got
same "tongbu query --server" got
figures=$($far sh "$here/docs/examples/figures.sh")
if [ "$figures" = "420202007000 3 7 0.4286" ]; then say ok "figures, with curl"; else
	failed=1
	say failed "figures, with curl: $figures"
fi
if [ -x "$here/bin/tools/grpcurl" ]; then
	$far "$here/bin/tools/grpcurl" -cacert ca.pem -H "authorization: Bearer $(cat token)" \
		-d '{"kind": "person", "filter": "status = \"9\"", "group_by": ["street"]}' "$host:7443" tongbu.query.v1.QueryService/Count >grpcurl.json
	if grep -q '"name": "count"' grpcurl.json && grep -q '"units": "1"' grpcurl.json; then say ok grpcurl; else
		failed=1
		say failed grpcurl
		cat grpcurl.json
	fi
fi
tongbu program revoke --dir city examples --reason 示例已完 >/dev/null 2>&1
if $far python3 "$here/docs/examples/ask.py" >/dev/null 2>refused; then failed=1; say failed "a revoked token still asks"; else
	grep -q revoked refused && say ok "a revoked token is refused" || { failed=1; cat refused; }
fi
exit $failed

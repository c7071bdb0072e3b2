#!/bin/sh
# Makes the release of the last commit twice and compares it byte for byte: in two copies
# of the repository at different paths, the second with a cache of its own, another
# umask, time zone and language. What is not committed is not in it. With SECOND_CACHE=DIR
# the second takes that cache: quicker, and less of a proof.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/release-twice.XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

git clone -q "$here" "$work/one"
git clone -q "$here" "$work/second copy, elsewhere"

(cd "$work/one/tools/release" && go test ./... && go run . -root ../.. -out "$work/out1")
(
	umask 077
	export TZ=Asia/Shanghai LC_ALL=C.UTF-8 GOCACHE="${SECOND_CACHE:-$work/cache}"
	cd "$work/second copy, elsewhere/tools/release" && go run . -root ../.. -out "$work/out2" >"$work/log2" || { cat "$work/log2"; exit 1; }
)
diff -r "$work/out1" "$work/out2" || { echo "release-twice: the same commit gave two releases"; exit 1; }
for deb in "$work"/out1/*.deb; do
	! command -v dpkg-deb >/dev/null || dpkg-deb --info "$deb" | grep -q '^ Package: tongbu$'
done
echo "release-twice: $(ls "$work/out1" | wc -l) files, the same twice"

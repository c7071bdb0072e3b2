#!/bin/sh
# Asks the city who was found without work, with curl alone: a page at a time, then all
# of it as a file. CITY is https://HOST:PORT, TOKEN and CA are files.
set -eu
ask() {
	curl --silent --show-error --fail-with-body --cacert "$CA" \
		--header "Authorization: Bearer $(cat "$TOKEN")" "$@"
}

next='' rows=''
while :; do
	page=$(ask "$CITY/v1/kinds/person:query" --data "{\"filter\": \"status = \\\"9\\\"\",
		\"select\": [\"id\", \"name\", \"street\"], \"page_size\": 2, \"page_token\": \"$next\"}")
	rows="$rows
$(printf '%s' "$page" | grep -o '{"id"[^}]*}' || true)" # nobody may be without work
	next=$(printf '%s' "$page" | sed -n 's/.*"next_page_token":"\([^"]*\)".*/\1/p')
	[ -n "$next" ] || break
done
printf '%s\n' "$rows" | sed '/^$/d' >pages.jsonl

ask "$CITY/v1/stream/person" --output all.jsonl \
	--data '{"filter": "status = \"9\"", "select": ["id", "name", "street"]}'
tail -n 1 all.jsonl # how many rows, and how complete

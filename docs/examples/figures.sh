#!/bin/sh
# Asks the city for the employment rate of each street, with curl alone: a line each with
# the unit, who is at work, of how many, and the rate. CITY is https://HOST:PORT, TOKEN and
# CA are files; the program needs the kind person_facts.
set -eu
curl --silent --show-error --fail-with-body --cacert "$CA" --header "Authorization: Bearer $(cat "$TOKEN")" \
	"$CITY/v1/indicators?indicator=employment_rate/all&by=street" --output figures.json
grep -o '{"unit"[^}]*}' figures.json |
	sed 's/.*"unit":"\([^"]*\)".*"numerator":\([0-9]*\),"denominator":\([0-9]*\),"value":\([^,]*\),.*/\1 \2 \3 \4/'

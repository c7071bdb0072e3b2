package api

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// asked are the names that an address may have behind its path, by the beginning of the
// path.
var asked = []struct {
	path  string
	names []string
}{
	{"/v1/files/", []string{"filter", "order_by", "select", "group_by", "labels", "scope", "purpose"}},
	{"/v1/coverage", []string{"scope"}},
	{"/v1/units", []string{"scope"}},
	{"/v1/indicators", []string{"indicator", "by", "on", "scope", "purpose"}},
	{"/v1/assessment", []string{"pack", "on", "scope", "purpose"}},
	{"/v1/targets", []string{"line", "on", "by_person", "scope", "purpose"}},
	{"/v1/match/", []string{"limit", "all", "scope", "purpose"}},
	{"/v1/schema", []string{"kind"}},
	{"/v1/kinds/", []string{"labels", "purpose"}},
}

// checkAddress refuses an address of which a part would be left out without a word: with
// a sign that cannot be read, a name twice, or one that means nothing. A filter that is
// left out would answer with everybody. It refuses an ID number as well, in whatever part:
// addresses are kept by browsers, spreadsheets and whatever stands between.
func checkAddress(r *http.Request) error {
	if holdsNumber(r.URL) {
		return fault.New(fault.Denied, "there is an ID number in the address, which is kept in many places").
			WithHint("send the question as a body: POST /v1/kinds/KIND:query or /v1/stream/KIND")
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return fault.New(fault.Invalid, "the address cannot be read").WithHint("write what is behind = in percent signs (UTF-8), as in filter=sex%%3D%%222%%22")
	}
	var names []string
	for _, of := range asked {
		if strings.HasPrefix(r.URL.Path, of.path) {
			names = of.names
		}
	}
	for name, all := range values {
		switch {
		case !slices.Contains(names, name):
			return fault.New(fault.Invalid, "%q is no part of a question here", line(name)).WithHint("what may stand behind this path: %s", strings.Join(names, ", "))
		case len(all) > 1:
			return fault.New(fault.Invalid, "%s stands twice in the address", name).WithHint("write what is behind = in percent signs (UTF-8), as in filter=sex%%3D%%222%%22")
		}
		if err := checkForm(name, all[0]); err != nil {
			return err
		}
	}
	return nil
}

// checkForm refuses what is no number and no yes or no where one is wanted.
func checkForm(name, text string) error {
	switch name {
	case "limit":
		if n, err := strconv.ParseInt(text, 10, 32); (err != nil || n < 1) && text != "" {
			return fault.New(fault.Invalid, "limit is no number from 1 on").WithHint("give it as limit=20")
		}
	case "all", "by_person":
		if _, err := strconv.ParseBool(text); err != nil && text != "" {
			return fault.New(fault.Invalid, "%s is neither true nor false", name).WithHint("give it as %s=true, or leave it out", name)
		}
	}
	return nil
}

// holdsNumber reports whether an ID number stands in an address, its name of a part or
// escaped a second time included.
func holdsNumber(u *url.URL) bool {
	for _, text := range []string{u.Path, u.RawQuery} {
		for range 3 {
			if schema.HoldsIDNumber(strings.ReplaceAll(text, "+", " ")) {
				return true
			}
			plain, err := url.PathUnescape(text)
			if err != nil || plain == text {
				break
			}
			text = plain
		}
	}
	return false
}

package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tongbu/internal/fault"
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
// left out would answer with everybody.
func checkAddress(r *http.Request) error {
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
	}
	return nil
}

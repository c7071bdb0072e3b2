package schema_test

import (
	"strings"
	"testing"

	"tongbu/internal/schema"
)

// TestWaysOfCopies: a text is copied from a text or a code that references lead to, and
// from nothing else; no way of the program leads to a text that does not fit.
func TestWaysOfCopies(t *testing.T) {
	const kinds = `
kinds:
  - {name: firm, label: {zh: 单位}, writers: [5], sort: record, fields: [{name: name, label: {zh: 名称}, type: text}, {name: people, label: {zh: 人数}, type: integer}]}
  - name: post
    label: {zh: 岗位}
    writers: [5]
    sort: record
    fields:
      - {name: firm, label: {zh: 单位}, type: ref, ref: firm}
      - {name: firm_name, label: {zh: 单位名称}, type: TYPE, copies: [WAY]}
`
	for way, right := range map[string]bool{
		"firm.name": true, "firm.people": false, "firm": false, "firm_name": false, "firm.nobody": false, "firm.name.name": false, "nobody.name": false, "''": false,
	} {
		_, err := schema.Parse([]byte(strings.NewReplacer("WAY", way, "TYPE", "text").Replace(kinds)))
		if (err == nil) != right {
			t.Errorf("%s: got %v", way, err)
		}
	}
	if _, err := schema.Parse([]byte(strings.NewReplacer("WAY", "firm.name", "TYPE", "integer").Replace(kinds))); err == nil {
		t.Error("a number is copied")
	}
}

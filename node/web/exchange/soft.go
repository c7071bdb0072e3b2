package exchange

import (
	"strings"

	"tongbu/node/uploads"
)

// soft adds what was found in a row that is in: "field: rule: sentence", where the
// sentence is in both languages (schema.Problem.Warning).
func soft(row *uploads.Row, warnings []string) {
	for _, text := range warnings {
		field, rest, has := strings.Cut(text, ": ")
		if rest == "conflict" {
			row.Wrong = append(row.Wrong, uploads.Wrong{Field: field, Rule: rest, Text: "somebody else has changed it since; both values stand, and wait to be decided", Zh: "这期间别人也改了，两边的都在，等您定"})
			continue
		}
		rule, said, both := strings.Cut(rest, ": ")
		if !has || !both { // what the program says of its own work, as that it was put before
			continue
		}
		rule, _, _ = strings.Cut(rule, " (")
		w := uploads.Wrong{Field: field, Rule: rule, Text: said}
		if zh, en, both := strings.Cut(said, " / "); both {
			w.Zh, w.Text = zh, en
		}
		row.Wrong = append(row.Wrong, w)
	}
}

// pageHint is a hint where it is for who uses pages.
func pageHint(hint string) string {
	if strings.Contains(hint, "tongbu ") || strings.Contains(hint, "--") {
		return ""
	}
	return hint
}

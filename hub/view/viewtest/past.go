package viewtest

import (
	"fmt"
	"testing"

	"tongbu/internal/change"
)

// testPast: the parts of a past day are those of the changes that the view holds, however
// often they were asked for before.
func testPast(t *testing.T, b *bench) {
	text, day := change.Text, "2026-01-31"
	parts := func() map[string]int64 {
		all := map[string]int64{}
		b.want(b.view.Parts(t.Context(), b.opts.Tree.Under(UnitID(City)), day, func(unit change.UnitID, part string, n int64) {
			all[fmt.Sprint(unit, " ", part)] = n
		}), nil)
		return all
	}
	before := map[string]int64{}
	step := func(moves bool) {
		b.sync()
		kept := parts()
		b.mustOpen() // nothing is kept then
		b.want(parts(), kept)
		b.want(fmt.Sprint(kept) != fmt.Sprint(before), moves)
		before = kept
	}
	person := func(unit, name, status string) change.RecordID {
		home, id := change.NumberedRecordID(UnitID(unit), "household", name), change.NumberedRecordID(UnitID(unit), "person", name)
		b.journal.Add(unit, unit, "household", home, Fields{"head_name": text("王明"), "operating_income": change.Int(200_00)})
		b.journal.Person(unit, id, Fields{"name": text("王明"), "household": text(string(home)), "relation": text("02"), "hukou": text("10"), "sex": text("1"),
			"birth_date": text("1970-01-01"), "status": text(status), "labour_ability": text("1"), "job_wish": text("1")})
		return id
	}
	event := func(author, to, name string, of change.RecordID) {
		b.journal.Add(author, to, "placement", change.NumberedRecordID(UnitID(author), "placement", name), Fields{"person": text(string(of)), "on": text("2026-01-05"), "line": text("02")})
	}
	first, second := person(First, "1", "9"), person(Second, "1", "9")
	step(true)
	event(First, First, "1", first)
	step(true)
	event(District, Second, "2", second) // by a unit above, about somebody there
	step(true)
	b.journal.Add(First, First, "household", change.NumberedRecordID(UnitID(First), "household", "1"), Fields{"valid": text("0")})
	step(true)
	refused := b.journal.Add(Second, Second, "person", second, Fields{"valid": text("0")})
	step(true)
	b.journal.Refuse("r-1", refused)
	step(true)
	person(Second, "2", "9")
	step(true)
	b.journal.Add(City, City, "rule_pack", change.NumberedRecordID(UnitID(City), "rule_pack", "1"), Fields{"name": text("包"), "edition": text("1"),
		"kind": text("4"), "effective_from": text("2025-01-01"), "content": text("free_income: 300")})
	step(true)
	b.journal.Add(City, City, "policy", change.NumberedRecordID(UnitID(City), "policy", "1"), Fields{"title": text("政策")})
	step(false)
}

package viewtest

import (
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/change"
)

// testPublished: derived rows are made by the rule packs of the city that the view holds,
// wherever they stand in the journal.
func testPublished(t *testing.T, b *bench) {
	text := change.Text
	b.review(reviewDay)
	home := change.NumberedRecordID(UnitID(First), "household", "h")
	b.journal.Add(First, First, "household", home, Fields{"head_name": text("王明"), "operating_income": change.Int(200_00)})
	b.journal.Person(First, Numbered(First, "1"), Fields{"name": text("王明"), "household": text(string(home)), "relation": text("02"), "hukou": text("10"), "sex": text("1"),
		"birth_date": text("1980-01-01"), "status": text("9"), "labour_ability": text("1"), "job_wish": text("1")})
	b.sync()
	zero := func() []string { return b.rows(b.query("household_facts", "zero_employment = true", "id", "members")) }
	account := func() change.Hash {
		a, err := b.view.Account(t.Context(), UnitID(First), reviewDay)
		if err != nil {
			t.Fatal(err)
		}
		return a.Published
	}
	counted := func() (n int64) { // made for the day, whatever the tables have
		b.want(b.view.Parts(t.Context(), []change.UnitID{UnitID(First)}, reviewDay, func(_ change.UnitID, part string, rows int64) {
			if part == "zero_employment" {
				n += rows
			}
		}), nil)
		return n
	}
	b.want(zero(), []string{})
	b.want(account(), change.Hash{})
	pack := func(author, id, content string) view.Change {
		return b.journal.Add(author, author, "rule_pack", change.NumberedRecordID(UnitID(author), "rule_pack", id), Fields{"name": text("包"), "edition": text("1"),
			"kind": text("4"), "effective_from": text("2026-01-01"), "content": text(content)})
	}
	pack(District, "1", "free_income: 300")
	b.sync()
	day, err := b.view.Reviewed(t.Context())
	b.want(err, nil)
	b.want(day, reviewDay) // nobody's rows are others by it
	pack(City, "1", "free_incomes: 300")
	b.sync()
	b.review(reviewDay)
	b.want(zero(), []string{})
	b.want(account(), change.Hash{})
	b.want(b.rows(b.query("rule_pack", `findings:"content"`, "", "content")), []string{`["free_incomes: 300"]`})
	said := pack(City, "1", "free_income: 300")
	b.sync()
	b.want(counted(), int64(1))
	b.review(reviewDay)
	b.want(zero(), []string{"[1]"})
	counts := account()
	b.want(counts != change.Hash{}, true)
	b.mustOpen()
	b.want(counted(), int64(1))
	b.want(account(), counts)
	b.journal.Add(First, First, "household", home, Fields{"people": change.Int(1)})
	b.sync()
	b.want(zero(), []string{"[1]"})
	b.journal.Refuse("r-1", said)
	b.sync()
	b.want(counted(), int64(0))
	b.review(reviewDay)
	b.want(zero(), []string{})
	b.want(account(), change.Hash{})
	pack(City, "2", "free_income: 200")
	b.sync()
	b.review(reviewDay)
	want := b.derivedRows()
	b.want(zero(), []string{"[1]"})
	b.mustReset()
	for i := len(b.journal.Changes); i > 0; i-- { // the last ones first
		if err := b.view.Apply(t.Context(), b.journal.Changes[i-1:i], b.journal.Last()); err != nil {
			t.Fatal(err)
		}
		b.review(reviewDay)
	}
	b.want(b.derivedRows(), want)
}

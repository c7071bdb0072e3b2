package lookup

import (
	"cmp"
	"fmt"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// sent are those of this community who were referred to a vacancy, by the ledger of job
// seeking and placement, and how many of them have work by that. What the vacancy itself
// says of both is kept by hand: others refer people too, and are not seen here.
type sent struct {
	Referred, Placed int // persons
	Rows             []sentRow
}

// sentRow is one referral.
type sentRow struct{ Href, Name, Referral, Referred, Placed string }

func sentTo(v *visit.Visit, vacancy change.RecordID) (*sent, error) {
	s := &sent{}
	referred, placed := map[any]bool{}, map[any]bool{}
	err := v.Site.Desk.List(v.Ctx(), facts.SeekingLedger, fmt.Sprintf("vacancy = %q AND referred_on:*", string(vacancy)), v.Asker("vacancy"), func(row *desk.Shown) error {
		person, _ := row.Fields["person"].(string)
		one := sentRow{Href: visit.RecordPath(personKind, person), Name: cmp.Or(text(v, kindOf(v, facts.SeekingLedger), row.Fields, "name"), v.Say("（未填）", "(empty)")),
			Referral: visit.RecordPath("referral", string(row.ID))}
		one.Referred, _ = row.Fields["referred_on"].(string)
		one.Placed, _ = row.Fields["placed_on"].(string)
		referred[person] = true
		if one.Placed != "" {
			placed[person] = true
		}
		s.Rows = append(s.Rows, one)
		return nil
	})
	s.Referred, s.Placed = len(referred), len(placed)
	return s, err
}

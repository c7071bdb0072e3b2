package division

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tongbu/internal/tree"
)

// Doubt is what a person has to settle: a unit that may have become another one, and the row
// that says so in place of those of the two.
type Doubt struct {
	Was     string `json:"was"` // code
	Name    string `json:"name"`
	Now     string `json:"now"`
	Why     string `json:"why"`
	Instead Row    `json:"-"`
}

// Diff says by which operations one edition of a table of units becomes another. A unit of
// the same name below the same parent is the same unit under another code; where the code
// stays and the name does not, it was renamed. Of what is left units of one name in the same
// district are the same where joined says so, and else doubts, told beside rows that retire
// the one and add the other. What was merged no table tells: those rows retire.
func Diff(before, after []tree.Row, joined bool) ([]Row, []Doubt) {
	d := differ{before: before, after: after, became: map[string]string{}, from: map[string]string{}, old: byCode(before), new: byCode(after)}
	for level := tree.City; level <= tree.Community; level++ {
		d.pair(level, d.unchanged)
		d.pair(level, d.sameName)
		d.pair(level, d.sameCode)
	}
	doubts := d.doubts()
	if joined {
		for _, of := range doubts {
			d.match(of.Was, of.Now)
		}
		doubts = nil
	}
	return d.rows(), doubts
}

func byCode(rows []tree.Row) map[string]tree.Row {
	all := make(map[string]tree.Row, len(rows))
	for _, r := range rows {
		all[r.Code] = r
	}
	return all
}

type differ struct {
	before, after []tree.Row
	old, new      map[string]tree.Row
	became, from  map[string]string // code before -> code after, and back
}

func (d *differ) match(was, now string) { d.became[was], d.from[now] = now, was }

// pair matches those units of a level that are the only ones with a key on both sides.
func (d *differ) pair(level tree.Level, key func(r tree.Row, parent string) string) {
	olds, news := map[string][]string{}, map[string][]string{}
	for _, r := range d.before {
		if _, done := d.became[r.Code]; !done && r.Level == level {
			k := key(r, d.became[r.ParentCode])
			olds[k] = append(olds[k], r.Code)
		}
	}
	for _, r := range d.after {
		if _, done := d.from[r.Code]; !done && r.Level == level {
			k := key(r, r.ParentCode)
			news[k] = append(news[k], r.Code)
		}
	}
	for k, was := range olds {
		if now := news[k]; len(was) == 1 && len(now) == 1 {
			d.match(was[0], now[0])
		}
	}
}

// The keys name the parent by its code after.
func (d *differ) unchanged(r tree.Row, parent string) string {
	return r.Code + "\x00" + r.Name + "\x00" + parent
}
func (d *differ) sameName(r tree.Row, parent string) string {
	if parent == "" && r.ParentCode != "" {
		return r.Code + "\x00" // the parent has gone: nothing is below the same one
	}
	return r.Name + "\x00" + parent
}
func (d *differ) sameCode(r tree.Row, _ string) string { return r.Code }

// doubts are pairs of one name in one district that are unmatched, each the only one.
func (d *differ) doubts() (doubts []Doubt) {
	gone, came := map[string][]tree.Row{}, map[string][]tree.Row{}
	for _, r := range d.before {
		if _, done := d.became[r.Code]; !done {
			key := r.Level.String() + r.Name + d.became[district(d.old, r)]
			gone[key] = append(gone[key], r)
		}
	}
	for _, r := range d.after {
		if _, done := d.from[r.Code]; !done {
			key := r.Level.String() + r.Name + district(d.new, r)
			came[key] = append(came[key], r)
		}
	}
	for key, was := range gone {
		now := came[key]
		if len(was) != 1 || len(now) != 1 {
			continue
		}
		doubts = append(doubts, Doubt{Was: was[0].Code, Name: was[0].Name, Now: now[0].Code,
			Why:     fmt.Sprintf("%s stands below another unit in the same district", was[0].Name),
			Instead: Row{Op: Recode, Code: was[0].Code, ParentCode: now[0].ParentCode, NewCode: now[0].Code}})
	}
	slices.SortFunc(doubts, func(a, b Doubt) int { return strings.Compare(a.Was, b.Was) })
	return doubts
}

// district is the code of the unit of level 3 above a row, or of the highest there is.
func district(rows map[string]tree.Row, r tree.Row) string {
	for r.Level > tree.District {
		above, ok := rows[r.ParentCode]
		if !ok {
			break
		}
		r = above
	}
	return r.Code
}

// rows are the operations, those of upper levels first.
func (d *differ) rows() (rows []Row) {
	for _, now := range d.after {
		was, known := d.from[now.Code]
		if !known {
			rows = append(rows, Row{Op: Add, Code: now.Code, Name: now.Name, Level: now.Level, ParentCode: now.ParentCode})
		} else if row, changed := d.changed(d.old[was], now); changed {
			rows = append(rows, row)
		}
	}
	for _, was := range d.before {
		if _, stays := d.became[was.Code]; !stays {
			rows = append(rows, Row{Op: Retire, Code: was.Code})
		}
	}
	levels := func(r Row) tree.Level { return cmp.Or(d.old[r.Code].Level, d.new[r.Code].Level) }
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(levels(a), levels(b)), strings.Compare(a.Code, b.Code), strings.Compare(string(a.Op), string(b.Op)))
	})
	for i := range rows {
		rows[i].Line = i + 2 // below the header
	}
	return rows
}

// changed is the one row that makes a unit what it is after.
func (d *differ) changed(was, now tree.Row) (Row, bool) {
	row := Row{Code: was.Code}
	if was.Name != now.Name {
		row.Op, row.Name = Rename, now.Name
	}
	if now.ParentCode != "" && d.became[was.ParentCode] != now.ParentCode {
		row.Op, row.ParentCode = Reparent, now.ParentCode
	}
	if was.Code != now.Code {
		row.Op, row.NewCode = Recode, now.Code
	}
	return row, row.Op != ""
}

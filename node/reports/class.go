package reports

import (
	"cmp"

	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/report"
	"tongbu/internal/tree"
)

// difference says what a record has moved.
func (d *differing) difference(u tree.Unit, k records.Key, f *kin, shifts []report.Shift) report.Difference {
	out := report.Difference{Class: d.class(k, f.then[k], f.now[k]), Kind: k.Kind, ID: k.ID, Unit: u.Code, Figures: shifts}
	if kind := d.now.reads[k.Kind]; kind.Day != "" {
		out.Day = cmp.Or(f.now[k], f.then[k]).Value(kind.Day).Text()
	}
	return out
}

// class says what became of a record. What the city's words silence is no record, so one
// that was silent and is not is told from one that had not arrived.
func (d *differing) class(k records.Key, then, now *merge.Record) report.Class {
	was, is := d.then.words.About(k), d.now.words.About(k)
	switch {
	case now == nil:
		return report.Refused
	case then == nil && d.silent[k]:
		return report.Restored
	case then == nil:
		return report.Late
	case is > was:
		return report.Refused
	case is < was:
		return report.Restored
	case now.Void() && !then.Void():
		return report.Voided
	case !now.Void() && then.Void():
		return report.Restored
	}
	return report.Corrected
}

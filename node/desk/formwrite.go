package desk

import (
	"maps"
	"slices"

	"tongbu/syncer/streams"
)

// answer says what is to become of a form: Saved, that it may be written.
func (in *formReader) answer(accepted []string) FormAnswer {
	seen := map[string]bool{}
	for _, key := range accepted {
		seen[key] = true
	}
	a := FormAnswer{Saved: true, Again: true}
	met := false
	for i, p := range in.parts {
		one := PartAnswer{Problems: p.problems, Findings: p.findings, Like: p.like, Others: p.others}
		if len(p.problems) > 0 {
			a.Saved = false
		}
		for _, found := range p.findings {
			a.Saved = a.Saved && seen[AcceptKey(i, found)]
		}
		if !p.lost {
			one.ID, one.Result = p.entry.name, p.drawn.result(&p.entry)
			one.Conflicts = p.drawn.willContest()
		}
		if p.drawn.known != nil {
			one.Version = versionOf(p.drawn.known)
		}
		a.Again = a.Again && one.Result == Unchanged
		met = met || p.past || len(p.drawn.again) > 0
		a.Parts = append(a.Parts, one)
	}
	a.Again = a.Again && met
	return a
}

// willContest are the fields of an edit that somebody else has written since.
func (drawn *draft) willContest() (fields []string) {
	if drawn.read.vector == nil {
		return nil
	}
	changed := drawn.changedValues()
	for name := range changed {
		if drawn.read.record.Value(name) == drawn.known.Value(name) {
			delete(changed, name)
		}
	}
	return slices.Sorted(maps.Keys(changed))
}

// write writes the parts, and says what became of each.
func (in *formReader) write(w *streams.Writer, a *FormAnswer) error {
	at := map[*formPart]*PartAnswer{}
	for i, p := range in.parts {
		at[p] = &a.Parts[i]
	}
	for _, p := range in.inOrder() {
		if err := in.writePart(w, p, at[p]); err != nil {
			return err
		}
	}
	for _, p := range in.parts { // a later part may have changed the record of an earlier one
		rec, err := in.at.Records.Get(w.Tx, p.kind, p.entry.name)
		if err != nil {
			return err
		}
		if rec != nil {
			at[p].Version = versionOf(rec)
		}
	}
	return nil
}

func (in *formReader) writePart(w *streams.Writer, p *formPart, told *PartAnswer) error {
	p.entry.typed, p.entry.drawn = &p.typed, &p.drawn
	written, err := p.to.writeOne(w, &p.entry)
	told.Result, told.Conflicts, told.Told = written.Result, p.entry.contested, p.entry.warnings
	if in.at.Clocks.OwnAhead() {
		told.Told = append(told.Told, "entered: clock-ahead")
	}
	return err
}

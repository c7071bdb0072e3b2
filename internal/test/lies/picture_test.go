package lies_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/node/replica"
)

// picture is what a tier answers, by a name for each answer.
type picture map[string]string

// painter makes the pictures of one story. It leaves out what liars have made of
// their own, where it stands under their own name.
type painter struct {
	*network
	claims map[named]*author
	ended  bool // all is judged: nobody believes what the city does not
	last   map[int]picture
	wrong  []string
}

// leaves reports whether an answer about a record is left out: it is a liar's own.
// unit is the code under which it is shown.
func (p *painter) leaves(at named, unit string) bool {
	by := p.claims[at]
	if by == nil || p.ended && p.plannedID(at) {
		return false
	}
	if unit != "" && unit != by.Unit.Code {
		p.wrong = append(p.wrong, fmt.Sprintf("%s %s of %s is shown under %s", at.kind, at.id, by.name, unit))
	}
	return true
}

func (p *painter) plannedID(at named) bool { return slices.Contains((&drawing{}).plans(), at) }

// paint makes the picture of a tier, or gives the last when nothing has moved since.
func (p *painter) paint(i int) picture {
	p.Helper()
	if last := p.last[i]; last != nil && !p.moved[i] && !p.ended {
		return last
	}
	p.last[i], p.moved[i] = p.made(i), false
	return p.last[i]
}

func (p *painter) made(i int) picture {
	p.Helper()
	out, r := picture{}, p.at[i]
	p.must(r.Journal.View(func(tx *journal.Tx) error { return p.ofStore(out, tx, r.Records) }))
	if p.views[i] != nil {
		p.ofView(out, p.views[i])
	}
	p.ofMembers(out, r)
	return out
}

// ofStore is what the records say that are kept beside the journal.
func (p *painter) ofStore(out picture, tx *journal.Tx, store *records.Records) error {
	for after := (records.Key{}); ; {
		keys, err := store.Keys(tx, after, 1000)
		if err != nil || len(keys) == 0 {
			return err
		}
		for _, k := range keys {
			if err := p.ofState(out, tx, store, k); err != nil {
				return err
			}
		}
		after = keys[len(keys)-1]
	}
}

func (p *painter) ofState(out picture, tx *journal.Tx, store *records.Records, k records.Key) error {
	r, err := store.Get(tx, k.Kind, k.ID)
	if err != nil {
		return err
	}
	if k.Kind == system.RefusalKind {
		p.ofWord(out, "word", system.RefusalFrom(r))
		return nil
	}
	if p.leaves(named{k.Kind, k.ID}, "") {
		return nil
	}
	past, err := store.History(tx, k.Kind, k.ID)
	if p.claims[named{k.Kind, k.ID}] != nil {
		past = nil // its own unit sees what it tried
	}
	var lines []string
	for _, x := range past {
		lines = append(lines, fmt.Sprintf("%s refused %v %s parallel %v", p.saidAt(x.Stream, x.Seq), x.Refused, x.Rule, x.Parallel))
	}
	out["state of "+k.Kind+" "+string(k.ID)] = fmt.Sprintf("%x\n%s", r.Encode(), strings.Join(lines, "\n"))
	return err
}

// ofWord is what the city says of a change that is true. The words about lies are
// their authors'.
func (p *painter) ofWord(out picture, what string, r system.Refusal) {
	s := p.said[place{r.Stream, r.Seq}]
	if s == nil || s.lie {
		return
	}
	out[fmt.Sprintf("%s about %d", what, s.no)] = fmt.Sprintf("%s void %v", r.Rule, r.Void)
}

// saidAt names what stands at a place.
func (p *painter) saidAt(in change.Stream, seq uint64) string {
	s := p.said[place{in, seq}]
	switch {
	case s == nil && in.Device == p.city:
		return "the city's"
	case s == nil:
		return in.String()
	case s.lie:
		return fmt.Sprintf("LIE %d", s.no)
	}
	return fmt.Sprint(s.no)
}

// ofView is what a hub's view answers: rows, groups, records with their places.
func (p *painter) ofView(out picture, v view.View) {
	p.Helper()
	for _, k := range p.town.Schema.Kinds() {
		columns := append(view.Tiers(), view.ColID, view.ColUnit, view.ColConflicts)
		if k.Sort != schema.Derived {
			columns = append(columns, view.ColValid)
		}
		for _, f := range k.Fields {
			columns = append(columns, f.Name)
		}
		q := view.Query{Kind: k, Columns: columns, Scope: view.Scope{All: true}, Void: true, Limit: 1000}
		rows, err := v.Rows(p.Context(), q)
		p.must(err)
		for _, row := range rows {
			p.ofRow(out, v, k.Name, columns, row)
		}
		p.ofGroups(out, v, q)
	}
	p.ofUnknown(out, v)
	for _, code := range p.quiet() {
		sum, err := v.Digest(p.Context(), code)
		p.must(err)
		out["digest of "+string(code)] = fmt.Sprintf("%x", sum)
	}
}

func (p *painter) ofRow(out picture, v view.View, kind string, columns []string, row view.Row) {
	p.Helper()
	value := func(name string) string { return row.Values[slices.Index(columns, name)].Text() }
	at := named{kind, change.RecordID(value(view.ColID))}
	s, err := v.Snapshot(p.Context(), kind, at.id)
	p.must(err)
	if kind == system.RefusalKind {
		said := system.RefusalFrom(s.Record)
		p.ofWord(out, "row about", said)
		if by := p.authorOf(said.Stream.Device); by != nil && value(view.ColUnit) != by.Unit.Code {
			p.wrong = append(p.wrong, fmt.Sprintf("a word about %s is shown under %s", by.name, value(view.ColUnit)))
		}
		return
	}
	if p.leaves(at, value(view.ColUnit)) {
		return
	}
	if p.claims[at] != nil {
		s.Spots = nil // likewise
	}
	var places []string
	for _, spot := range s.Spots {
		places = append(places, p.saidAt(spot.Stream, spot.Seq))
	}
	raw, err := json.Marshal(row.Values)
	p.must(err)
	out["row of "+kind+" "+string(at.id)] = fmt.Sprintf("%s\n%x\n%v", raw, s.Record.Encode(), places)
}

func (p *painter) authorOf(d change.DeviceID) *author {
	for _, a := range p.authors {
		if a.Peer().Device == d {
			return a
		}
	}
	return nil
}

// ofGroups is how many records each unit has, where liars have made none.
func (p *painter) ofGroups(out picture, v view.View, q view.Query) {
	p.Helper()
	for _, void := range []bool{false, true} {
		q.Void = void
		groups, err := v.Groups(p.Context(), q, view.ColUnit)
		p.must(err)
		for _, g := range groups {
			if slices.ContainsFunc(p.quiet(), func(u change.UnitID) bool { c, _ := p.town.Tree.Unit(u); return c.Code == g.Values[0].Text() }) {
				out[fmt.Sprintf("count of %s, void %v, in %s", q.Kind.Name, void, g.Values[0].Text())] = fmt.Sprint(g.Count)
			}
		}
	}
}

// quiet are the units of which no device lies.
func (p *painter) quiet() (all []change.UnitID) {
	for _, u := range p.town.Tree.Units(p.town.Tree.Root().ID) {
		if !slices.ContainsFunc(p.authors, func(a *author) bool { return a.lies && a.Unit.ID == u.ID }) {
			all = append(all, u.ID)
		}
	}
	return all
}

// ofUnknown is where changes of a kind stand that the schema does not know.
func (p *painter) ofUnknown(out picture, v view.View) {
	p.Helper()
	for _, at := range (&drawing{}).plans() {
		if at.kind != "later" || p.leaves(at, "") {
			continue
		}
		spots, err := v.Places(p.Context(), at.kind, at.id)
		p.must(err)
		var places []string
		for _, s := range spots {
			places = append(places, p.saidAt(s.Stream, s.Seq))
		}
		out["places of "+string(at.id)] = fmt.Sprint(places)
	}
}

// ofMembers is which units, devices and programs a tier knows.
func (p *painter) ofMembers(out picture, r *replica.Replica) {
	raw, err := json.Marshal([]any{r.Members.Tree().Units(r.Members.Tree().Root().ID), r.Members.Devices(), r.Members.Programs()})
	p.must(err)
	out["members"] = string(raw)
	var network *merge.Record
	p.must(r.Journal.View(func(tx *journal.Tx) error {
		network, err = r.Records.Get(tx, system.NetworkKind, system.NetworkID)
		return err
	}))
	out["network"] = fmt.Sprintf("%+v", system.NetworkFrom(network))
}

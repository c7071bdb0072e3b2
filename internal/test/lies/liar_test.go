package lies_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/syncer"
)

// whose states the rule again: the record that a change of a device is of, and
// whether the device's unit may write it. The city writes what it likes, and tells
// no lies here.
func whose(by *author, c *change.Change) (at named, may bool) {
	at = named{c.Kind, c.Record}
	own := string(by.Peer().Device)
	switch c.Kind {
	case "unit", "device", "refusal", "network", "program":
		return at, false
	case "device_state", "hub_address":
		return at, string(c.Record) == own
	case "audit_head":
		return at, strings.HasPrefix(string(c.Record), own+"-")
	}
	unit, name, two := strings.Cut(string(c.Record), ".")
	if two && name != "" && change.UnitID(unit).Validate() == nil {
		return at, unit == string(by.Unit.ID)
	}
	at.id = change.RecordID(by.Unit.ID) + "." + c.Record
	return at, true
}

// lie has somebody say what they may not; or, of a record of their own, what is not
// to be believed.
func (d *drawing) lie() {
	var liars []*author
	for _, a := range d.authors {
		if a.lies {
			liars = append(liars, a)
		}
	}
	by := rapid.SampledFrom(liars).Draw(d.t, "liar")
	in := d.lyingStream(by)
	if rapid.IntRange(0, 15).Draw(d.t, "garbage") == 0 {
		d.no++
		d.add(step{what: "say", saying: &saying{no: d.no, by: by, in: in, raw: []byte("no change"), alone: true, lie: true}})
		return
	}
	c := &change.Change{Actor: "liar", At: rapid.SampledFrom([]int64{0, 1, 1 << 42}).Draw(d.t, "at")}
	forms := []func(*author, *change.Change){d.another, d.another, d.another, d.another, d.programs, d.word, d.ownRecord, d.ownState, d.oldID, d.colleagues}
	rapid.SampledFrom(forms).Draw(d.t, "form")(by, c)
	at, may := whose(by, c)
	if may && slices.Contains(d.plans(), at) {
		if !by.only || c.Kind == "later" {
			return // who may, does not lie by it
		}
		c.Context = c.Context.Clone()
		c.Context[nobodys] = 1 << 40 // the city never believes it
	}
	if may {
		d.claims[at] = by
	}
	d.add(step{what: "say", saying: d.said(by, in, c, true)})
}

// nobodys is a stream of a device that there is not.
var nobodys = change.Stream{Device: change.DeviceOf(make([]byte, 32)), Incarnation: 1, Audience: kit.Second.ID}

// plans are the records that units make who may.
func (d *drawing) plans() (all []named) {
	for _, u := range []struct {
		unit  tree.Unit
		kinds []string
	}{{kit.First, writers["first's"]}, {kit.Second, writers["second's"]}, {kit.Street, writers["street's"]}, {kit.District, writers["district's"]}} {
		for _, kind := range u.kinds {
			for _, id := range ownIDs(u.unit.ID, kind) {
				all = append(all, named{kind, id.Of(kind, u.unit.ID)})
			}
		}
	}
	return all
}

// lyingStream is a stream that the liar may write.
func (d *drawing) lyingStream(by *author) change.Stream {
	to := []tree.Unit{by.Unit}
	switch by.Unit {
	case kit.Street:
		to = append(to, kit.First, kit.Second)
	case kit.District:
		to = append(to, kit.Street, kit.First, kit.Second)
	}
	in := by.Stream(rapid.SampledFrom(to).Draw(d.t, "to"))
	if by.only {
		in.Incarnation = rapid.SampledFrom([]uint32{1, 1, 2, syncer.MaxIncarnation}).Draw(d.t, "incarnation")
	}
	return in
}

// another is about a record of somebody else, of nobody, or of a unit that there is
// not.
func (d *drawing) another(by *author, c *change.Change) {
	at := rapid.SampledFrom(append(d.plans(), d.strange()...)).Draw(d.t, "whose")
	c.Kind, c.Record = at.kind, at.id
	if rapid.IntRange(0, 6).Draw(d.t, "another kind") == 0 {
		c.Kind = rapid.SampledFrom([]string{"person", "household", "notice", "later"}).Draw(d.t, "kind")
	}
	c.Fields = change.FieldsOf(d.lyingFields(by))
	c.Context = d.lyingContext(by, named{c.Kind, c.Record})
}

// strange are names of records that nobody makes.
func (d *drawing) strange() (all []named) {
	for _, u := range []tree.Unit{kit.City, kit.NotOfTown, kit.FarAway, kit.FarStreet, kit.Second} {
		all = append(all, named{"person", change.NumberedRecordID(u.ID, "person", "99")}, named{"notice", change.NewRecordID(u.ID, [16]byte{99})})
	}
	return all
}

func (d *drawing) lyingFields(by *author) fields {
	unit := change.Text(string(rapid.SampledFrom([]tree.Unit{by.Unit, kit.First, kit.Second, kit.City, kit.NotOfTown}).Draw(d.t, "unit").ID))
	return rapid.SampledFrom([]fields{
		{"name": change.Text("假")}, {"name": change.Text("假"), "unit": unit}, {"unit": unit}, {"unit": unit, "audience": unit, "title": change.Text("假")}, {"valid": change.Text("0")}, {"valid": change.Text("1")},
		{"name": change.Null, "phone": change.Null}, {"status": change.Text("11"), "title": change.Text("假"), "address": change.Text("假")}, {"household": change.Text("h")}, {"shoe": change.Int(1)},
	}).Draw(d.t, "lie")
}

func (d *drawing) lyingContext(by *author, at named) change.Vector {
	known := d.known[at].Clone()
	all := []change.Vector{nil, known, {nobodys: 5}, {by.Stream(by.Unit): 1 << 40}, {nobodys: 1 << 47}}
	for _, dot := range known.Dots() {
		all = append(all, change.Vector{dot.Stream: dot.Count + 100}, change.Vector{dot.Stream: 1 << 47})
	}
	return rapid.SampledFrom(all).Draw(d.t, "context")
}

// colleagues is about a record of the liar's own unit, which others there write; who
// tells the truth as well is about another's.
func (d *drawing) colleagues(by *author, c *change.Change) {
	if d.another(by, c); !by.only || by.Unit.ID != kit.First.ID {
		return
	}
	c.Kind = rapid.SampledFrom([]string{"person", "household"}).Draw(d.t, "kind")
	c.Record = rapid.SampledFrom(ownIDs(kit.First.ID, c.Kind)).Draw(d.t, "colleague's")
	c.Context = d.lyingContext(by, named{c.Kind, c.Record})
}

// programs are about what programs say: of others, and what only the city does.
func (d *drawing) programs(by *author, c *change.Change) {
	victim := rapid.SampledFrom(d.authors).Draw(d.t, "victim")
	if victim == by {
		victim = d.authors[0]
	}
	device := change.RecordID(victim.Peer().Device)
	forms := []change.Change{
		{Kind: "audit_head", Record: device + "-1", Fields: change.FieldsOf(system.AuditHead{Entry: 1 << 40, At: 1}.Fields())},
		{Kind: "device_state", Record: device, Fields: change.FieldsOf(fields{"batch": change.Int(1), "program": change.Text("x")})},
		{Kind: "hub_address", Record: device, Fields: change.FieldsOf(system.HubAddress{Address: "false.example:1"}.Fields())},
		{Kind: "device", Record: device, Fields: change.FieldsOf(system.Revocation("lie"))},
		{Kind: "unit", Record: change.RecordID(kit.Second.ID), Fields: change.FieldsOf(fields{"parent": change.Text(string(kit.FarStreet.ID)), "name": change.Text("假")})},
		{Kind: "unit", Record: change.RecordID(kit.NotOfTown.ID), Fields: change.FieldsOf(fields{"parent": change.Text(string(kit.City.ID)), "name": change.Text("假"), "level": change.Int(3), "code": change.Text(kit.NotOfTown.Code)})},
		{Kind: "network", Record: system.NetworkID, Fields: change.FieldsOf(system.Network{Formats: system.Formats{Batch: 9, Receipts: 9, Words: 9}, Publication: 99}.Fields())},
		{Kind: "program", Record: "mine", Fields: change.FieldsOf(system.Program{Unit: kit.City.ID, Kinds: []string{system.AllKinds}, Full: true, Purpose: "x", State: system.Active}.Fields())},
	}
	form := rapid.SampledFrom(forms).Draw(d.t, "program's")
	c.Kind, c.Record, c.Fields = form.Kind, form.Record, form.Fields
	c.Context = rapid.SampledFrom([]change.Vector{nil, {nobodys: 1 << 47}}).Draw(d.t, "context")
}

// word is a word about what others have said, or a range of it.
func (d *drawing) word(_ *author, c *change.Change) {
	in := d.authors[3].Stream(kit.Second)
	seq := uint64(rapid.IntRange(1, 4).Draw(d.t, "place"))
	c.Kind, c.Record = system.RefusalKind, system.WordID(in, seq)
	of := rapid.SampledFrom(d.plans()).Draw(d.t, "of")
	word := system.Refusal{Stream: in, Seq: seq, Count: rapid.Uint64Range(1, 3).Draw(d.t, "count"), Kind: of.kind, Record: of.id.Written(), Unit: kit.Second.ID, Rule: "lie",
		Void: rapid.Bool().Draw(d.t, "void"), Holder: kit.First.ID, Since: 1}
	c.Fields = change.FieldsOf(word.Fields())
	if rapid.Bool().Draw(d.t, "range") {
		r := system.Ranges(system.Range{Stream: in, Rule: "lie", Unit: kit.Second.ID}, []uint64{seq, seq + 1, seq + 3})[0]
		c.Record, c.Fields = r.ID(), change.FieldsOf(r.Fields())
	}
}

// liarsOwn begins the own numbers of what liars make of their own.
const liarsOwn = "liar-"

// ownRecord is a record of the liar's own, which says that it is somebody else's, or
// is of a kind that others write.
func (d *drawing) ownRecord(by *author, c *change.Change) {
	c.Kind = rapid.SampledFrom([]string{"person", "household", "notice", "later"}).Draw(d.t, "kind")
	c.Record = change.NewRecordID(by.Unit.ID, [16]byte{200, byte(rapid.IntRange(0, 2).Draw(d.t, "record"))})
	c.Fields, c.Context = change.FieldsOf(d.lyingFields(by)), d.lyingContext(by, named{c.Kind, c.Record})
}

// ownState is what a device may say of itself, with a unit that is not its own.
func (d *drawing) ownState(by *author, c *change.Change) {
	device := change.RecordID(by.Peer().Device)
	says := fields{"program": change.Text("x")}
	c.Kind, c.Record = "device_state", device
	if rapid.Bool().Draw(d.t, "head") {
		c.Kind, c.Record, says = "audit_head", device+"-1", system.AuditHead{Entry: 1, At: 1}.Fields()
	}
	maps.Copy(says, d.lyingFields(by))
	c.Fields = change.FieldsOf(says)
}

// oldID is about a record with an id of before.
func (d *drawing) oldID(by *author, c *change.Change) {
	ids := []change.RecordID{"p-1", change.RecordID(kit.Second.ID) + ".p-1", change.RecordID(kit.First.ID) + ".p-1", change.RecordID(kit.Second.ID) + ".", "p.1", change.RecordID(fmt.Sprintf("%s%d", liarsOwn, d.no))}
	c.Kind, c.Record = "person", rapid.SampledFrom(ids).Draw(d.t, "id of before")
	c.Fields, c.Context = change.FieldsOf(d.lyingFields(by)), d.lyingContext(by, named{c.Kind, c.Record})
}

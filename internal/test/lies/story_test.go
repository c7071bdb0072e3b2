package lies_test

import (
	"fmt"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/test/kit"
)

// saying is one thing that somebody says.
type saying struct {
	no     int // from 1, among all of a story
	by     *author
	in     change.Stream // of the author; of the city's orders only the audience
	change *change.Change
	raw    []byte
	alone  bool // in its batch, since it is no change
	lie    bool // left out of the story that is compared with
}

// step is one thing that happens.
type step struct {
	what     string // say, order, hand, carry, revoke
	saying   *saying
	by       *author
	from, to int // of a carry
}

func (s step) String() string {
	switch s.what {
	case "say", "order":
		who := "the city"
		if s.saying.by != nil {
			who = s.saying.by.name
		}
		if s.saying.alone {
			return fmt.Sprintf("%d: %s says nothing that can be read", s.saying.no, who)
		}
		lie := ""
		if s.saying.lie {
			lie = "LIE "
		}
		c := s.saying.change
		return fmt.Sprintf("%d: %s%s to %s: %s %s %v on %v", s.saying.no, lie, who, s.saying.in.Audience, c.Kind, c.Record, c.Fields, c.Context)
	case "carry":
		return "from " + tiers[s.from].name + " to " + tiers[s.to].name
	}
	return s.what + " " + s.by.name
}

// story is what happens, in order; the first steps make the records of before.
type story struct {
	steps  []step
	ranged bool
	claims map[named]*author
}

// link is a way from one tier to another. The city's may be cut for a while.
type link struct{ from, to int }

var links = []link{{atFirst, atStreet}, {atSecond, atStreet}, {atStreet, atDistrict}, {atDistrict, atCity}, {atCity, atDistrict}, {atDistrict, atStreet}, {atStreet, atFirst}, {atStreet, atSecond}}

// drawing is the drawing of a story.
type drawing struct {
	*setting
	t       *rapid.T
	out     story
	no      int
	known   map[named]change.Vector // of each record, of what is true
	counted map[change.Stream]map[named]uint64
	honest  []named           // records that somebody has made who may
	away    bool              // the city is
	claims  map[named]*author // records that liars have made, who may; or have said what nobody is to believe of
}

// named is a record as every tier names it.
type named struct {
	kind string
	id   change.RecordID
}

const mostSteps = 30

func (s *setting) story(t *rapid.T) story {
	d := &drawing{setting: s, t: t, known: map[named]change.Vector{}, counted: map[change.Stream]map[named]uint64{}, claims: map[named]*author{}}
	d.out.ranged = rapid.Bool().Draw(t, "ranges")
	d.before()
	n := rapid.IntRange(5, mostSteps).Draw(t, "steps")
	d.away = rapid.Bool().Draw(t, "the city is away")
	back := rapid.IntRange(0, n).Draw(t, "the city comes back")
	for i := range n {
		if i == back {
			d.away = false
		}
		d.step()
	}
	d.all()
	d.out.claims = d.claims
	return d.out
}

// before has units make records with ids of before, which the city hears of first.
func (d *drawing) before() {
	for _, by := range []int{0, 3} {
		d.honestChange(d.authors[by], "person", "p-1", fields{"name": change.Text("旧")})
	}
	d.all()
}

// all hands everything over and carries it everywhere, until all is judged and the
// verdicts are everywhere.
func (d *drawing) all() {
	for _, a := range d.authors {
		d.add(step{what: "hand", by: a})
	}
	for range 2 {
		for _, l := range links {
			d.add(step{what: "carry", from: l.from, to: l.to})
		}
	}
}

func (d *drawing) add(s step) { d.out.steps = append(d.out.steps, s) }

func (d *drawing) step() {
	switch what := rapid.IntRange(0, 19).Draw(d.t, "what"); {
	case what < 5:
		d.truth()
	case what < 11:
		d.lie()
	case what < 14:
		d.add(step{what: "hand", by: rapid.SampledFrom(d.mayHand()).Draw(d.t, "who")})
	case what < 19:
		l := rapid.SampledFrom(links).Draw(d.t, "link")
		if !d.away || l.from != atCity && l.to != atCity {
			d.add(step{what: "carry", from: l.from, to: l.to})
		}
	case !d.away:
		d.add(step{what: "revoke", by: d.authors[2]})
	}
}

// mayHand are the authors whose hub can be reached.
func (d *drawing) mayHand() (all []*author) {
	for _, a := range d.authors {
		if !d.away || a.told != atCity {
			all = append(all, a)
		}
	}
	return all
}

func (d *drawing) said(by *author, in change.Stream, c *change.Change, lie bool) *saying {
	raw, err := c.Encode()
	if err != nil {
		d.Fatalf("%+v: %v", c, err)
	}
	d.no++
	return &saying{no: d.no, by: by, in: in, change: c, raw: raw, lie: lie}
}

// writers says who may write which kinds.
var writers = map[string][]string{"first's": {"person", "household", "later"}, "first's other": {"person", "household"}, "second's": {"person", "household", "later", "device_state"},
	"street's": {"notice"}, "district's": {"notice"}}

// truth has somebody say what they may.
func (d *drawing) truth() {
	if !d.away && rapid.IntRange(0, 5).Draw(d.t, "order") == 0 && d.order() {
		return
	}
	var honest []*author
	for _, a := range d.authors {
		if !a.only {
			honest = append(honest, a)
		}
	}
	by := rapid.SampledFrom(honest).Draw(d.t, "who")
	kind := rapid.SampledFrom(writers[by.name]).Draw(d.t, "kind")
	id := rapid.SampledFrom(ownIDs(by.Unit.ID, kind)).Draw(d.t, "record")
	if kind == "device_state" {
		id = change.RecordID(by.Peer().Device)
	}
	d.honestChange(by, kind, id, d.values(kind))
}

// ownIDs are the records that a unit may make of a kind: few, so that they meet.
func ownIDs(unit change.UnitID, kind string) []change.RecordID {
	ids := []change.RecordID{change.NumberedRecordID(unit, kind, "1"), change.NumberedRecordID(unit, kind, "2"), change.LineRecordID(unit, kind, "run", 1), change.NewRecordID(unit, [16]byte{3})}
	if kind == "person" {
		ids = append(ids, "p-1")
	}
	return ids
}

func (d *drawing) values(kind string) fields {
	text := change.Text(string(rune('甲' + rapid.IntRange(0, 3).Draw(d.t, "value"))))
	all := map[string][]fields{
		"person":       {{"name": text}, {"name": text, "phone": text}, {"name": text, "status": change.Text("11")}, {"name": text, "valid": change.Text("0")}},
		"household":    {{"address": text}, {"valid": change.Text("0"), "address": text}},
		"notice":       {{"title": text}, {"title": text, "body": text}},
		"later":        {{"shoe": text}},
		"device_state": {{"program": text}},
	}[kind]
	return rapid.SampledFrom(all).Draw(d.t, "fields")
}

// honestChange is a change by a device that may, on all that is true of the record,
// or on its own part of it.
func (d *drawing) honestChange(by *author, kind string, id change.RecordID, values fields) {
	audience := by.Unit
	if kind == "notice" && rapid.Bool().Draw(d.t, "to one below") {
		audience = kit.First
	}
	in := by.Stream(audience)
	at := named{kind, id.Of(kind, by.Unit.ID)}
	context := d.known[at].Clone()
	if n := d.counted[in][at]; rapid.IntRange(0, 3).Draw(d.t, "knows its own only") == 0 {
		context = change.Vector{}
		if n > 0 {
			context[in] = n
		}
	}
	c := &change.Change{Kind: kind, Record: id, Fields: change.FieldsOf(values), Context: context, Actor: by.name, At: int64(d.no)}
	d.learn(at, in, c)
	d.add(step{what: "say", saying: d.said(by, in, c, false)})
}

func (d *drawing) learn(at named, in change.Stream, c *change.Change) {
	if d.known[at] == nil {
		d.known[at] = change.Vector{}
		d.honest = append(d.honest, at)
	}
	d.known[at].Join(c.Context)
	d.known[at].Add(c.Dot(in))
	if d.counted[in] == nil {
		d.counted[in] = map[named]uint64{}
	}
	d.counted[in][at] = c.Count()
}

// order has the city change a record of a unit.
func (d *drawing) order() bool {
	var people []named
	for _, at := range d.honest {
		if at.kind == "person" {
			people = append(people, at)
		}
	}
	if len(people) == 0 {
		return false
	}
	at := rapid.SampledFrom(people).Draw(d.t, "ordered")
	holder, _ := at.id.Maker()
	in := change.Stream{Device: d.city, Incarnation: 1, Audience: holder}
	c := &change.Change{Kind: at.kind, Record: at.id.Written(), Fields: change.FieldsOf(fields{"phone": change.Text("order")}), Context: d.known[at].Clone(), Actor: "city", At: 1}
	d.learn(at, in, c)
	d.add(step{what: "order", saying: d.said(nil, in, c, false)})
	return true
}

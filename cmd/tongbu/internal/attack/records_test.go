package attack_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/question"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
)

// beside are two communities of one street: the second holds a record, the first
// is hostile.
type beside struct {
	*world
	mine, theirs *device
	record       change.RecordID
	ends         map[*device]change.Mark
}

func (w *world) mustBeside(t testing.TB) *beside {
	t.Helper()
	x := &beside{world: w, mine: w.mustDevice(t, kit.First), theirs: w.mustDevice(t, kit.Second), ends: map[*device]change.Mark{}}
	x.record = change.NewRecordID(kit.Second.ID, [16]byte([]byte(x.theirs.Device())))
	x.say(t, x.theirs, "person", x.record, map[string]change.Value{"name": change.Text("欧阳某"), "phone": change.Text("0714-1")}, nil)
	await(t, "the record is in both views", func() bool {
		return len(x.rows(t, w.street, kit.Second.ID)) == 1 && len(x.rows(t, w.city, kit.Second.ID)) == 1
	})
	return x
}

// say pushes one change after the device's last.
func (x *beside) say(t testing.TB, d *device, kind string, id change.RecordID, fields map[string]change.Value, context change.Vector) {
	t.Helper()
	c := &change.Change{Kind: kind, Record: id, Actor: "clerk", At: time.Now().UnixMilli(), Fields: change.FieldsOf(fields), Context: context}
	raw, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	b, err := change.Seal(change.BatchRows, d.Key(), d.own(), x.ends[d], [][]byte{raw}, c.At)
	if err != nil {
		t.Fatal(err)
	}
	wantTaken(t, d.mustPush(t, x.street, b), b)
	x.ends[d] = b.End()
}

// rows are the persons of a unit with the record's number, as a hub answers itself.
func (x *beside) rows(t testing.TB, at *site, unit change.UnitID) []string {
	t.Helper()
	var answer struct{ Rows []json.RawMessage }
	q := question.Question{Kind: "person", Scope: unit, Filter: `id = "` + string(x.record) + `"`, Select: []string{"id", "unit", "name", "phone"}}
	if err := at.ask(http.MethodPost, "/query", q, &answer); err != nil {
		return nil
	}
	var rows []string
	for _, r := range answer.Rows {
		rows = append(rows, string(r))
	}
	return rows
}

// judged waits until the city has judged all that a device has said, and both views
// have it.
func (x *beside) judged(t testing.TB, d *device) {
	t.Helper()
	await(t, "the city has judged it", func() bool {
		for _, at := range []*site{x.street, x.city} {
			var st operate.Status
			if at.ask(http.MethodGet, "/status", nil, &st) != nil || st.View.Behind > 0 || at.holds(d.own()) != x.ends[d].Seq {
				return false
			}
		}
		return x.refusals(t, d) != nil
	})
}

// refusals are the rules by which the city refused what a device said.
func (x *beside) refusals(t testing.TB, d *device) (rules []string) {
	t.Helper()
	var answer struct {
		Rows []struct{ Stream, Rule string }
	}
	q := question.Question{Kind: system.RefusalKind, Select: []string{"stream", "rule"}, PageSize: 1000}
	if err := x.city.ask(http.MethodPost, "/query", q, &answer); err != nil {
		t.Fatal(err)
	}
	for _, r := range answer.Rows {
		if r.Stream == d.own().String() {
			rules = append(rules, r.Rule)
		}
	}
	return rules
}

func (w *world) records() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"a neighbour's taken": func(t *testing.T) {
			x := w.mustBeside(t)
			street, city := x.rows(t, w.street, kit.Second.ID), x.rows(t, w.city, kit.Second.ID)
			unchanged := func(when string) {
				t.Helper()
				for at, want := range map[*site][]string{w.street: street, w.city: city} {
					if got := x.rows(t, at, kit.Second.ID); strings.Join(got, "") != strings.Join(want, "") {
						t.Errorf("%s: got %v, want %v", when, got, want)
					}
					if got := x.rows(t, at, kit.First.ID); len(got) > 0 {
						t.Errorf("%s: the neighbour has %v", when, got)
					}
				}
				a, err := askWith(t.Context(), x.mine, w.street, question.Question{Kind: "person", Filter: `name = "欧阳某"`})
				if err != nil || len(a.Rows) > 0 {
					t.Errorf("%s: the neighbour is answered %v, %v", when, a, err)
				}
			}
			for _, fields := range []map[string]change.Value{
				{"unit": change.Text(string(kit.First.ID))},
				{"unit": change.Text(string(kit.First.ID)), "name": change.Text("李某")},
				{"valid": change.Text("0")}, {"phone": change.Null, "audience": change.Text(string(kit.First.ID))},
			} {
				x.say(t, x.mine, "person", x.record, fields, change.Vector{x.theirs.own(): 1})
				unchanged("before the verdict")
			}
			x.judged(t, x.mine)
			unchanged("after it")
			for _, rule := range x.refusals(t, x.mine) {
				if rule != "not_the_custodian" {
					t.Errorf("got rule %s", rule)
				}
			}
		},
		"one planted in another unit, or in none": func(t *testing.T) {
			x := w.mustBeside(t)
			for n, unit := range []change.UnitID{kit.Second.ID, kit.FarAway.ID, kit.City.ID, kit.NotOfTown.ID} {
				id := change.NewRecordID(unit, [16]byte{byte(n + 1)})
				x.say(t, x.mine, "person", id, map[string]change.Value{"name": change.Text("假某"), "unit": change.Text(string(unit))}, nil)
			}
			x.judged(t, x.mine)
			for _, at := range []*site{w.street, w.city} {
				var answer struct{ Rows []json.RawMessage }
				if err := at.ask(http.MethodPost, "/query", question.Question{Kind: "person", Filter: `name = "假某"`}, &answer); err != nil || len(answer.Rows) > 0 {
					t.Errorf("got %s, %v", answer.Rows, err)
				}
			}
			if got := x.refusals(t, x.mine); len(got) != 4 {
				t.Errorf("got %v, want four refusals", got)
			}
		},
		"one made uncorrectable": func(t *testing.T) {
			x := w.mustBeside(t)
			hostile := w.mustDevice(t, kit.Second)
			x.say(t, hostile, "person", x.record, map[string]change.Value{"phone": change.Text("0714-2")}, change.Vector{x.theirs.own(): 1 << 47})
			x.judged(t, hostile)
			top := uint64(1 << 32) // what is believed without the change that it names
			x.say(t, hostile, "person", x.record, map[string]change.Value{"phone": change.Text("0714-5")}, change.Vector{x.theirs.own(): 1, hostile.own(): top})
			seen := change.Vector{x.theirs.own(): 1, hostile.own(): top + 1}
			x.say(t, x.theirs, "person", x.record, map[string]change.Value{"phone": change.Text("0714-6")}, seen)
			seen[x.theirs.own()] = top + 2
			x.say(t, x.theirs, "person", x.record, map[string]change.Value{"phone": change.Text("0714-3")}, seen)
			x.judged(t, hostile)
			if got := x.refusals(t, x.theirs); len(got) > 0 {
				t.Errorf("the others: got %v", got)
			}
			await(t, "the next edit shows", func() bool {
				rows := strings.Join(append(x.rows(t, w.street, kit.Second.ID), x.rows(t, w.city, kit.Second.ID)...), "")
				return strings.Count(rows, "0714-3") == 2
			})
		},
		"several that wait for what never comes": func(t *testing.T) {
			x := w.mustBeside(t)
			other := w.mustDevice(t, kit.Second)
			edit := func(phone string) map[string]change.Value {
				return map[string]change.Value{"phone": change.Text(phone)}
			}
			x.say(t, other, "person", x.record, edit("0714-5"), change.Vector{x.theirs.own(): 50})
			x.say(t, other, "person", x.record, edit("0714-6"), change.Vector{x.theirs.own(): 50, other.own(): 51})
			x.judged(t, other)
			x.say(t, x.theirs, "person", x.record, edit("0714-7"), change.Vector{x.theirs.own(): 1})
			await(t, "the city judges on", func() bool {
				rows := strings.Join(append(x.rows(t, w.street, kit.Second.ID), x.rows(t, w.city, kit.Second.ID)...), "")
				return strings.Count(rows, "0714-7") == 2
			})
		},
		"a whole record's checks passed by": func(t *testing.T) {
			x := w.mustBeside(t)
			id := change.NewRecordID(kit.First.ID, [16]byte([]byte(x.mine.Device())))
			x.say(t, x.mine, "person", id, map[string]change.Value{"phone": change.Text("0714-4")}, change.Vector{x.mine.own(): 1})
			x.judged(t, x.mine)
			if got := x.refusals(t, x.mine); len(got) != 1 || got[0] != "missing" {
				t.Errorf("got %v, want the name missed", got)
			}
		},
		"what a device says of itself, said of another unit": func(t *testing.T) {
			x := w.mustBeside(t)
			elsewhere, self := change.Text(string(kit.Second.ID)), x.mine.Device()
			x.say(t, x.mine, system.DeviceStateKind, change.RecordID(self), map[string]change.Value{"unit": elsewhere, "program": change.Text("false")}, nil)
			head := system.AuditHead{Entry: 1, At: 1}.Fields()
			head["unit"] = elsewhere
			x.say(t, x.mine, system.AuditHeadKind, system.AuditHeadID(self, 1), head, nil)
			await(t, "it is in both views", func() bool {
				return w.city.holds(x.mine.own()) == 2 && w.city.mustStatus(t).View.Behind+w.street.mustStatus(t).View.Behind == 0
			})
			for _, at := range []*site{w.street, w.city} {
				for _, kind := range []string{system.DeviceStateKind, system.AuditHeadKind} {
					for scope, want := range map[change.UnitID]int{kit.First.ID: 1, kit.Second.ID: 0} {
						var answer struct{ Rows []json.RawMessage }
						q := question.Question{Kind: kind, Scope: scope}
						err := at.ask(http.MethodPost, "/query", q, &answer)
						if got := strings.Count(fmt.Sprintf("%s", answer.Rows), string(self)); err != nil || got != want {
							t.Errorf("%s of %s: got %d of the device, %v, want %d", kind, scope, got, err, want)
						}
					}
				}
			}
		},
		"names squatted": func(t *testing.T) {
			x := w.mustBeside(t)
			head := system.AuditHead{Entry: 1, At: 1}
			x.say(t, x.mine, system.AuditHeadKind, system.AuditHeadID(x.theirs.Device(), 1), head.Fields(), nil)
			x.judged(t, x.mine)
			x.say(t, x.theirs, system.AuditHeadKind, system.AuditHeadID(x.theirs.Device(), 1), head.Fields(), nil)
			x.say(t, x.theirs, "person", x.record, map[string]change.Value{"phone": change.Null, "name": change.Null}, change.Vector{x.theirs.own(): 1})
			x.judged(t, x.theirs)
			if got := x.refusals(t, x.theirs); len(got) != 1 || got[0] != "missing" {
				t.Errorf("the rightful one: got %v, want only what has no name refused", got)
			}
		},
	}
}

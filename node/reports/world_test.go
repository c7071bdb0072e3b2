package reports_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"tongbu/hub"
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/report"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
	"tongbu/node/replica"
	"tongbu/node/reports"
	"tongbu/syncer/streams"
)

// december is over by the clock of a town.
const december = "2026-12"

var clerk = reports.Asker{Operator: "clerk"}

// world is a city and a street with their hubs, and nodes of the two communities.
type world struct {
	*kit.Town
	t            testing.TB
	city, street *hub.Hub
	first, other *replica.Replica
	atFirst      *reports.Reports
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{Town: kit.MustTown(t), t: t}
	w.city = w.open(w.MustCity(t))
	w.street = w.open(w.MustReplica(t, w.city.Replica, kit.Street))
	w.first = w.MustReplica(t, w.city.Replica, kit.First)
	w.other = w.MustReplica(t, w.city.Replica, kit.Second)
	w.atFirst = reports.New(w.first, reports.Config{})
	tiers := &kit.Tiers{Town: w.Town, City: w.city.Replica}
	for _, r := range []*replica.Replica{w.city.Replica, w.street.Replica, w.first, w.other} {
		tiers.MustAdmit(t, r)
	}
	w.sync()
	return w
}

func (w *world) open(r *replica.Replica) *hub.Hub {
	w.t.Helper()
	h, err := hub.Open(w.t.Context(), r, kit.OpenView)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = h.Close() })
	return h
}

// sync takes what was written up and what the city says of it down.
func (w *world) sync() {
	w.t.Helper()
	for range 2 {
		for _, r := range []*replica.Replica{w.first, w.other} {
			w.MustExchange(w.t, r, w.street.Replica)
		}
		w.MustExchange(w.t, w.street.Replica, w.city.Replica)
		kit.MustJudge(w.t, w.city.Replica)
		for _, h := range []*hub.Hub{w.street, w.city} {
			if _, err := h.Operate.Verify(w.t.Context(), operate.Checked{}); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	w.MustExchange(w.t, w.street.Replica, w.city.Replica)
	for _, r := range []*replica.Replica{w.first, w.other} {
		w.MustExchange(w.t, r, w.street.Replica)
	}
}

// family puts a family of two who want to work and do not, of a number.
func (w *world) family(at *replica.Replica, n int) {
	w.t.Helper()
	kit.MustPut(w.t, at, "household", fmt.Sprintf(`{"id":"h%d","head_name":"王明","survey_date":"2026-06-01"}`, n))
	for i := range 2 {
		kit.MustPut(w.t, at, "person", fmt.Sprintf(`{"id":"p%d-%d","household":"h%d","name":"王明","sex":"%d","birth_date":"198%d-01-01","labour_ability":"1","job_wish":"1","status":"9"}`, n, i, n, 1+i, i))
	}
}

func make1(t testing.TB, at *reports.Reports, o reports.Order) *report.Signed {
	t.Helper()
	s, err := at.Make(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t testing.TB, s *report.Signed) *report.Report {
	t.Helper()
	r, err := s.Read()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// recounts counts a report again and wants the result.
func recounts(t testing.TB, at *reports.Reports, s *report.Signed, want report.Result) *report.Recount {
	t.Helper()
	out, err := at.Recount(t.Context(), s)
	if err != nil || out.Result != want {
		t.Fatalf("recount: got %+v, %v, want %s", out, err, want)
	}
	return out
}

func (w *world) diff(at *reports.Reports, was, against *report.Signed) []report.Difference {
	w.t.Helper()
	found, err := at.Diff(w.t.Context(), was, against, clerk)
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// told are the classes, kinds and numbers of differences, in the order of their names.
func told(found []report.Difference) string {
	lines := []string{}
	for _, d := range found {
		lines = append(lines, fmt.Sprintf("%s %s %s %s", d.Class, d.Kind, d.ID, d.Unit))
	}
	slices.Sort(lines)
	return fmt.Sprint(lines)
}

func text(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// refuse has the city refuse the last change of a record of the first node, or take that
// back.
func (w *world) refuse(kind string, id change.RecordID, taken bool) {
	w.t.Helper()
	own, seq, count := w.place(kind, id)
	fields := map[string]change.Value{"valid": change.Text("0")}
	if !taken {
		fields = map[string]change.Value{"stream": change.Text(own.String()), "seq": change.Int(int64(seq)), "count": change.Int(count), "kind": change.Text(kind),
			"record": change.Text(string(id)), "rule": change.Text("made_up"), "unit": change.Text(string(kit.First.ID))}
	}
	w.says(kit.First.ID, system.RefusalKind, system.WordID(own, seq), fields)
}

// place is where the last change of a record of the first node stands.
func (w *world) place(kind string, id change.RecordID) (in change.Stream, seq uint64, count int64) {
	w.t.Helper()
	in = change.Stream{Device: w.first.Keys.Device(), Incarnation: 1, Audience: kit.First.ID}
	e, _ := w.city.Replica.Streams.Entry(in)
	err := w.city.Replica.Journal.View(func(tx *journal.Tx) error {
		for seq = e.Sealed.Seq; seq > 0; seq-- {
			raw, err := tx.Change(in, seq)
			if err != nil {
				return err
			}
			c, err := change.Decode(raw)
			if err != nil || c.Kind == kind && c.Record.Of(kind, kit.First.ID) == id {
				count = int64(c.Dot(in).Count)
				return err
			}
		}
		return nil
	})
	if err != nil || seq == 0 {
		w.t.Fatalf("the city has no change of %s %s: %v", kind, id, err)
	}
	return in, seq, count
}

// says has the city write a record to a unit.
func (w *world) says(to change.UnitID, kind string, id change.RecordID, fields map[string]change.Value) {
	w.t.Helper()
	city := w.city.Replica
	c := &change.Change{Kind: kind, Record: id, Fields: change.FieldsOf(fields)}
	if err := city.Streams.Write(w.t.Context(), func(tx *streams.Writer) error { return putTo(tx, city, to, c) }); err != nil {
		w.t.Fatal(err)
	}
}

// putTo writes a change of a record into the stream to a unit.
func putTo(w *streams.Writer, at *replica.Replica, to change.UnitID, c *change.Change) error {
	own, err := w.Own(to)
	if err == nil {
		_, err = at.Records.Put(w.Tx, own, at.Place.Unit, records.Edit{Kind: c.Kind, ID: c.Record, Fields: c.Fields.Map()})
	}
	return err
}

func name(kind, number string) change.RecordID { return kit.Name(kit.First, kind, number) }

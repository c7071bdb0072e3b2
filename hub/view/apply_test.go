package view_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tongbu/hub/view"
	"tongbu/hub/view/viewtest"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/system"
)

func optionsOf(t *testing.T, j *viewtest.Journal) view.Options {
	t.Helper()
	return view.Options{Tree: viewtest.MustTree(t, viewtest.Units()), City: viewtest.UnitID(viewtest.City), Fetch: j.Fetch, Source: "journal-1"}
}

func mustOpen(t *testing.T, tables view.Tables, j *viewtest.Journal) *view.Merged {
	t.Helper()
	v, err := view.Open(t.Context(), tables, viewtest.MustSchema(t), optionsOf(t, j))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v
}

// play writes into the journal: new records, named by numbers and with ids of
// before, edits, refusals that come before and after what they refuse and are
// taken back, forged ones, changes of other units' records, and of kinds that
// nobody knows.
func play(j *viewtest.Journal, seed uint64, records, steps int) {
	rng := rand.New(rand.NewPCG(11, seed))
	places := []string{viewtest.First, viewtest.Second, viewtest.Third}
	var written []view.Change
	var ranges []change.RecordID
	for range steps {
		n := rng.IntN(records)
		home, id := places[n%3], change.RecordID(fmt.Sprintf("p-%d", n))
		if n%2 == 1 {
			id = viewtest.Numbered(home, string(id))
		}
		refusal := change.RecordID(fmt.Sprintf("r-%d", rng.IntN(1+records/8)))
		switch roll := rng.IntN(20); {
		case roll < 2 && len(written) > 0:
			j.Refuse(refusal, written[rng.IntN(len(written))])
		case roll == 2 && len(written) > 0:
			j.RefuseAs(viewtest.Second, refusal, written[0])
		case roll == 3:
			j.Add(viewtest.City, viewtest.First, system.RefusalKind, refusal, viewtest.Fields{"valid": change.Text([]string{"0", "1"}[rng.IntN(2)])})
		case roll == 5 && len(written) > 4:
			from := rng.IntN(len(written) - 4)
			var same []view.Change
			for _, c := range written[from : from+4] {
				if c.Stream == written[from].Stream {
					same = append(same, c)
				}
			}
			ranges = append(ranges, j.RefuseRange(same...).Change.Record)
		case roll == 6 && len(ranges) > 0:
			j.Add(viewtest.City, viewtest.First, system.RefusalKind, ranges[rng.IntN(len(ranges))], viewtest.Fields{"valid": change.Text([]string{"0", "1"}[rng.IntN(2)])})
		case roll == 7 && len(written) > 0:
			j.Decide(written[rng.IntN(len(written))], []string{"0", "1"}[rng.IntN(2)])
		case roll == 4:
			j.Add(viewtest.First, viewtest.First, "a_kind_to_come", id, viewtest.Fields{"outcome": change.Text("met")})
		case roll == 5:
			written = append(written, j.Person(places[(n+1)%3], viewtest.Named(home, id), viewtest.Fields{"status": change.Text("20")}))
		default:
			fields := viewtest.Fields{"name": change.Text("甲"), "status": change.Text([]string{"10", "20", "30"}[rng.IntN(3)])}
			written = append(written, j.Person(home, id, fields))
		}
	}
}

// handed are the journal's changes as a hub hands them over.
func handed(t *testing.T, j *viewtest.Journal) []view.Change {
	t.Helper()
	changes := slices.Clone(j.Changes)
	for i := range changes {
		var err error
		if changes[i].Raw, err = changes[i].Change.Encode(); err != nil {
			t.Fatal(err)
		}
	}
	return changes
}

// counts are the groups that kept counts answer.
func counts(t *testing.T, v *view.Merged) string {
	t.Helper()
	groups, err := v.Groups(t.Context(), viewtest.MustQuery(t, viewtest.MustSchema(t), "person", "", ""), "unit", "status")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(groups)
}

func digest(t *testing.T, v *view.Merged) change.Hash {
	t.Helper()
	sum, err := v.Digest(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// TestTablesOfBefore: tables that were made when an id did not say whose a record
// is are made again, since they hold other records of the same changes.
func TestTablesOfBefore(t *testing.T) {
	j := viewtest.NewJournal()
	opts := optionsOf(t, j)
	tables := viewtest.NewMemory(viewtest.MustSchema(t))
	if err := tables.Open(t.Context(), fmt.Sprintf("%s/%q/%q", view.Shape(viewtest.MustSchema(t)), opts.City, opts.Source)); err != nil {
		t.Fatal(err)
	}
	if err := tables.Update(t.Context(), func(tx view.Tx) error { return tx.Advance(7, 0) }); err != nil {
		t.Fatal(err)
	}
	if applied, err := mustOpen(t, tables, j).Applied(t.Context()); err != nil || applied != 0 {
		t.Errorf("got watermark %d, %v, want 0", applied, err)
	}
}

// TestPortions: what comes in one call, many portions of records of a kind,
// makes what the same changes make in any cut.
func TestPortions(t *testing.T) {
	j := viewtest.NewJournal()
	play(j, 4, 300, 1200)
	changes := handed(t, j)
	var sum change.Hash
	var groups string
	for _, size := range []int{len(changes), 400, 97} {
		v := mustOpen(t, viewtest.NewMemory(viewtest.MustSchema(t)), j)
		for portion := range slices.Chunk(changes, size) {
			if err := v.Apply(t.Context(), portion, portion[len(portion)-1].Arrival); err != nil {
				t.Fatal(err)
			}
		}
		if size == len(changes) {
			sum, groups = digest(t, v), counts(t, v)
		}
		if got := digest(t, v); got != sum {
			t.Errorf("in portions of %d: another digest", size)
		}
		if got := counts(t, v); got != groups {
			t.Errorf("in portions of %d: counts %s, want %s", size, got, groups)
		}
	}
}

// TestEachFaultStopsApply fails every call to the tables in turn: Apply tells
// the fault as it is, leaves nothing, and goes through afterwards.
func TestEachFaultStopsApply(t *testing.T) {
	j := viewtest.NewJournal()
	play(j, 1, 12, 45)
	gone, back := j.Person(viewtest.First, "gone", viewtest.Fields{}), j.Person(viewtest.First, "back", viewtest.Fields{})
	j.Refuse("r-back", back)
	half := len(j.Changes)
	j.Refuse("r-gone", gone)
	j.Add(viewtest.City, viewtest.First, system.RefusalKind, "r-back", viewtest.Fields{"valid": change.Text("0")})
	play(j, 2, 12, 45)
	changes := handed(t, j)
	clean := mustOpen(t, viewtest.NewMemory(viewtest.MustSchema(t)), j)
	for _, part := range [][]view.Change{changes[:half], changes[half:]} {
		if err := clean.Apply(t.Context(), part, part[len(part)-1].Arrival); err != nil {
			t.Fatal(err)
		}
	}
	want := digest(t, clean)
	failed := map[string]bool{}
	for at := 1; ; at++ {
		tables := &faulty{Memory: viewtest.NewMemory(viewtest.MustSchema(t))}
		v := mustOpen(t, tables, j)
		if err := v.Apply(t.Context(), changes[:half], uint64(half)); err != nil {
			t.Fatal(err)
		}
		before := digest(t, v)
		tables.left, tables.failed = at, ""
		err := v.Apply(t.Context(), changes[half:], j.Last())
		if tables.failed == "" {
			if err != nil || digest(t, v) != want {
				t.Fatalf("no call failed: %v", err)
			}
			break
		}
		failed[tables.failed] = true
		if fault.Of(err) != fault.Full {
			t.Fatalf("call %d (%s): %v, want Full", at, tables.failed, err)
		}
		if applied, err := v.Applied(t.Context()); err != nil || applied != uint64(half) || digest(t, v) != before {
			t.Fatalf("call %d (%s): something of it is left at %d, %v", at, tables.failed, applied, err)
		}
		tables.left = 0
		if err := v.Apply(t.Context(), changes[half:], j.Last()); err != nil || digest(t, v) != want {
			t.Fatalf("call %d (%s): the second try: %v", at, tables.failed, err)
		}
	}
	for _, name := range []string{"Standing", "Number", "Load", "Insert", "Replace", "Remove", "Strays", "AddStrays", "RemoveStrays", "Refuse", "Refused", "Range", "Ranges", "AddCounts", "Advance"} {
		if !failed[name] {
			t.Errorf("%s was never called, so it never failed", name)
		}
	}
}

// faulty are tables of which one call in a transaction fails.
type faulty struct {
	*viewtest.Memory
	left   int    // calls until one fails; 0: none does
	failed string // the method that failed
}

// step is Full when it is the call's turn.
func (f *faulty) step(method string) error {
	if f.left == 0 {
		return nil
	}
	if f.left--; f.left > 0 {
		return nil
	}
	f.failed = method
	return fault.New(fault.Full, "no room")
}

// Update implements view.Tables.
func (f *faulty) Update(ctx context.Context, fn func(view.Tx) error) error {
	return f.Memory.Update(ctx, func(tx view.Tx) error { return fn(&faultyTx{Tx: tx, of: f}) })
}

type faultyTx struct {
	view.Tx
	of *faulty
}

func (x *faultyTx) Standing() (view.Standing, error) {
	if err := x.of.step("Standing"); err != nil {
		return view.Standing{}, err
	}
	return x.Tx.Standing()
}

func (x *faultyTx) Advance(applied, skipped uint64) error {
	if err := x.of.step("Advance"); err != nil {
		return err
	}
	return x.Tx.Advance(applied, skipped)
}

func (x *faultyTx) Number(streams []change.Stream) ([]int64, error) {
	if err := x.of.step("Number"); err != nil {
		return nil, err
	}
	return x.Tx.Number(streams)
}

func (x *faultyTx) Streams(numbers ...int64) (map[int64]change.Stream, error) {
	if err := x.of.step("Streams"); err != nil {
		return nil, err
	}
	return x.Tx.Streams(numbers...)
}

func (x *faultyTx) Load(k *schema.Kind, ids []change.RecordID) ([]view.Held, error) {
	if err := x.of.step("Load"); err != nil {
		return nil, err
	}
	return x.Tx.Load(k, ids)
}

func (x *faultyTx) Insert(k *schema.Kind, ids []change.RecordID, row func(int) view.TableRow) ([]int, error) {
	if err := x.of.step("Insert"); err != nil {
		return nil, err
	}
	return x.Tx.Insert(k, ids, row)
}

func (x *faultyTx) Replace(k *schema.Kind, held []view.Held, row func(int) view.TableRow) error {
	if err := x.of.step("Replace"); err != nil {
		return err
	}
	return x.Tx.Replace(k, held, row)
}

func (x *faultyTx) Remove(k *schema.Kind, held []view.Held) error {
	if err := x.of.step("Remove"); err != nil {
		return err
	}
	return x.Tx.Remove(k, held)
}

func (x *faultyTx) Strays(kind string, ids []change.RecordID) (map[change.RecordID][]view.ShortSpot, error) {
	if err := x.of.step("Strays"); err != nil {
		return nil, err
	}
	return x.Tx.Strays(kind, ids)
}

func (x *faultyTx) AddStrays(strays []view.Stray) (int, error) {
	if err := x.of.step("AddStrays"); err != nil {
		return 0, err
	}
	return x.Tx.AddStrays(strays)
}

func (x *faultyTx) RemoveStrays(kind string, ids []change.RecordID) error {
	if err := x.of.step("RemoveStrays"); err != nil {
		return err
	}
	return x.Tx.RemoveStrays(kind, ids)
}

func (x *faultyTx) Refuse(refusal change.RecordID, names *system.Refused) (*system.Refused, error) {
	if err := x.of.step("Refuse"); err != nil {
		return nil, err
	}
	return x.Tx.Refuse(refusal, names)
}

func (x *faultyTx) Range(refusal change.RecordID, names *view.Span) (*view.Span, error) {
	if err := x.of.step("Range"); err != nil {
		return nil, err
	}
	return x.Tx.Range(refusal, names)
}

func (x *faultyTx) Ranges(stream, from, to int64) ([]view.Span, error) {
	if err := x.of.step("Ranges"); err != nil {
		return nil, err
	}
	return x.Tx.Ranges(stream, from, to)
}

func (x *faultyTx) Refused(kind string, ids []change.RecordID) (map[change.RecordID][]change.Dot, error) {
	if err := x.of.step("Refused"); err != nil {
		return nil, err
	}
	return x.Tx.Refused(kind, ids)
}

func (x *faultyTx) Beside(k *schema.Kind, field string, value view.Cell) ([]view.Held, error) {
	if err := x.of.step("Beside"); err != nil {
		return nil, err
	}
	return x.Tx.Beside(k, field, value)
}

func (x *faultyTx) SetFindings(k *schema.Kind, verdicts []view.Verdict) error {
	if err := x.of.step("SetFindings"); err != nil {
		return err
	}
	return x.Tx.SetFindings(k, verdicts)
}

func (x *faultyTx) Reviewed(day string) error {
	if err := x.of.step("Reviewed"); err != nil {
		return err
	}
	return x.Tx.Reviewed(day)
}

func (x *faultyTx) AddCounts(k *schema.Kind, counts []view.Count) error {
	if err := x.of.step("AddCounts"); err != nil {
		return err
	}
	return x.Tx.AddCounts(k, counts)
}

package sqlite_test

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"testing"

	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/hub/view/viewtest"
	"tongbu/internal/change"
)

// persons are first changes of n persons, 20 fields each.
func persons(n int) []view.Change {
	s := viewtest.StreamOf(viewtest.First, viewtest.First)
	changes := make([]view.Change, n)
	for i := range changes {
		fields := viewtest.Fields{"hardship": change.Set([]string{"010", "050"})}
		for j, name := range []string{"name", "sex", "birth_date", "nationality", "hukou", "hukou_division", "hukou_address", "education", "marital",
			"political", "health", "relation", "status", "first_work_date", "skill", "phone", "recorded_by", "recorded_on"} {
			fields[name] = change.Text(fmt.Sprintf("%s %d", name[:3], (i*31+j)%9973))
		}
		fields["status"] = change.Text(fmt.Sprint(i % 9))
		changes[i] = view.Change{Arrival: uint64(i/500 + 1), Stream: s, Seq: uint64(i + 1), Author: s.Audience, Change: &change.Change{
			Kind: "person", Record: numbered(s.Audience, i), Fields: change.FieldsOf(fields), Actor: "clerk", At: int64(i)}}
		raw, err := changes[i].Change.Encode()
		if err != nil {
			panic(err)
		}
		changes[i].Raw = raw
	}
	return changes
}

// numbered is the id of the n-th person of a unit, as the program forms them.
func numbered(unit change.UnitID, n int) change.RecordID {
	var uuid [16]byte
	binary.BigEndian.PutUint64(uuid[:], 0x0192f0c000007000+uint64(n)<<16)
	binary.BigEndian.PutUint64(uuid[8:], uint64(n)*0x9e3779b97f4a7c15)
	return change.NewRecordID(unit, uuid)
}

func open(t testing.TB, path string) *view.Merged {
	t.Helper()
	v, err := sqlite.Open(t.Context(), path, viewtest.MustSchema(t), opts(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v
}

func opts(t testing.TB) view.Options {
	t.Helper()
	return view.Options{Key: [32]byte{1}, Tree: viewtest.MustTree(t, viewtest.Units())}
}

// TestRecordBesideManyDevices: what it takes to read one record does not grow
// with the number of devices that have ever written.
func TestRecordBesideManyDevices(t *testing.T) {
	alone, crowded := allocationsOfARecord(t, 1), allocationsOfARecord(t, 1000)
	if crowded > 2*alone {
		t.Errorf("a record takes %.0f allocations beside 1000 devices, %.0f beside one", crowded, alone)
	}
}

// allocationsOfARecord is how many it takes to read a record and its places
// when so many devices have written one each.
func allocationsOfARecord(t *testing.T, devices int) float64 {
	t.Helper()
	v := open(t, filepath.Join(t.TempDir(), "view.db"))
	changes := persons(devices)
	for i := range changes {
		changes[i].Stream.Device = change.DeviceOf([]byte{byte(i), byte(i >> 8)})
	}
	if err := v.Apply(t.Context(), changes, uint64(devices)); err != nil {
		t.Fatal(err)
	}
	id := viewtest.Named(viewtest.First, changes[devices-1].Change.Record)
	return testing.AllocsPerRun(20, func() {
		if _, err := v.Record(t.Context(), "person", id); err != nil {
			t.Fatal(err)
		}
		if places, err := v.Places(t.Context(), "person", id); err != nil || len(places) != 1 || places[0].Stream != changes[devices-1].Stream {
			t.Fatalf("places %v, %v", places, err)
		}
	})
}

// BenchmarkApply writes new records into an empty view, and into
// one that has come to the journal's end and keeps its indexes.
func BenchmarkApply(b *testing.B) {
	for name, settled := range map[string]bool{"rebuilt": false, "settled": true} {
		b.Run(name, func(b *testing.B) {
			v := open(b, filepath.Join(b.TempDir(), "view.db"))
			if settled {
				if err := v.Settle(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			all := persons(b.N * 1000)
			b.ReportMetric(1000, "changes/op")
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				if err := v.Apply(b.Context(), all[i*1000:(i+1)*1000], uint64(i)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkReview judges 9,000 persons of three communities, who have numbers, for a
// new day; and writes 1,000 changes that are judged as they come.
func BenchmarkReview(b *testing.B) {
	const many = 9000
	v := open(b, filepath.Join(b.TempDir(), "view.db"))
	all := spread(persons(many + 1000*max(b.N, 1)))
	if err := v.Apply(b.Context(), all[:many], 1); err != nil {
		b.Fatal(err)
	}
	review := func(b *testing.B, day string) {
		if err := v.Settle(b.Context()); err != nil {
			b.Fatal(err)
		}
		for more := true; more; {
			var err error
			if more, err = v.Review(b.Context(), day); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("a day", func(b *testing.B) {
		for i := range b.N {
			review(b, fmt.Sprintf("20%02d-01-01", i%100))
		}
	})
	review(b, "2026-11-29")
	b.Run("as they come", func(b *testing.B) {
		all := spread(persons(many + 1000*b.N))
		b.ResetTimer()
		for i := range b.N {
			if err := v.Apply(b.Context(), all[many+1000*i:][:1000], uint64(i+2)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// spread puts the persons into the communities in turn, each written by the first
// device of its own, with a name and an ID number of their own.
func spread(changes []view.Change) []view.Change {
	for i, c := range changes {
		home := []string{viewtest.First, viewtest.Second, viewtest.Third}[i/11%3]
		changes[i].Stream, changes[i].Author = viewtest.StreamOf(home, home), viewtest.UnitID(home)
		set := c.Change.Fields.Map()
		set["unit"], set["sex"] = change.Text(string(viewtest.UnitID(home))), change.Text(fmt.Sprint(1+i/37%2))
		set["id_number"] = change.Text(numberOf(i))
		c.Change.Fields = change.FieldsOf(set)
		raw, err := c.Change.Encode()
		if err != nil {
			panic(err)
		}
		changes[i].Raw = raw
	}
	return changes
}

// numberOf is no citizen's: the check character is not looked at here.
func numberOf(i int) string { return fmt.Sprintf("11010119500101%04d", i%10000) }

// BenchmarkRows asks for what analysts do all day, of 30,000 persons.
// BenchmarkApplyEdits brings second changes into records that are there.
func BenchmarkApplyEdits(b *testing.B) {
	v := open(b, filepath.Join(b.TempDir(), "view.db"))
	const records = 50_000
	first := persons(records)
	if err := v.Apply(b.Context(), first, 1); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(1000, "changes/op")
	b.ReportAllocs()
	seq, known := uint64(records), map[change.RecordID]change.Vector{}
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		edits := make([]view.Change, 1000)
		for j := range edits {
			seq++
			edits[j] = editOf(first[(i*1000+j)*7919%records], seq, known)
		}
		b.StartTimer()
		if err := v.Apply(b.Context(), edits, uint64(i+2)); err != nil {
			b.Fatal(err)
		}
	}
}

// editOf changes the phone of a record on all that is known of it.
func editOf(first view.Change, seq uint64, known map[change.RecordID]change.Vector) view.Change {
	id := first.Change.Record
	if known[id] == nil {
		known[id] = change.Vector{first.Stream: 1}
	}
	c := &change.Change{Kind: "person", Record: id, Fields: change.FieldsOf(viewtest.Fields{"phone": change.Text(fmt.Sprint(seq))}), Context: known[id].Clone(), Actor: "clerk", At: int64(seq)}
	known[id].Add(c.Dot(first.Stream))
	return view.Change{Arrival: seq, Stream: first.Stream, Seq: seq, Author: first.Author, Change: c}
}

func BenchmarkRows(b *testing.B) {
	v := open(b, filepath.Join(b.TempDir(), "view.db"))
	if err := v.Apply(b.Context(), spread(persons(30_000)), 60); err != nil {
		b.Fatal(err)
	}
	if err := v.Settle(b.Context()); err != nil {
		b.Fatal(err)
	}
	kinds := viewtest.MustSchema(b)
	for _, ask := range []struct {
		name, where, order, scope string
		rows                      int
	}{
		{"all", "", "", viewtest.City, 50},
		{"by name", "", "name", viewtest.City, 50},
		{"by a field without an index", "", "education desc", viewtest.City, 50},
		{"by ID number", fmt.Sprintf("id_number = %q", numberOf(4321)), "", viewtest.City, 3},
		{"a status in a district", `status = "1" AND sex = "2"`, "name", viewtest.District2, 50},
		{"a status in a community", `status = "1" AND sex = "2"`, "name", viewtest.Third, 50},
	} {
		q := viewtest.MustQuery(b, kinds, "person", ask.where, ask.order, "id", "unit", "name", "sex", "birth_date")
		q.Limit, q.Scope = 50, view.Scope{Under: viewtest.UnitID(ask.scope)}
		b.Run(ask.name, func(b *testing.B) {
			for b.Loop() {
				rows, err := v.Rows(b.Context(), q)
				if err != nil || len(rows) != ask.rows {
					b.Fatal(len(rows), err)
				}
			}
		})
	}
	q := viewtest.MustQuery(b, kinds, "person", "", "")
	b.Run("counts by district and status", func(b *testing.B) {
		for b.Loop() {
			groups, err := v.Groups(b.Context(), q, "district", "status")
			if err != nil || len(groups) < 9 {
				b.Fatal(len(groups), err)
			}
		}
	})
}

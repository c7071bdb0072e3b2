package digest_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/facts"
	"tongbu/internal/merge"
)

func record(t *testing.T, id change.RecordID, name string) *merge.Record {
	t.Helper()
	in := change.Stream{Device: change.DeviceOf([]byte(id)), Incarnation: 1, Audience: "u"}
	c := &change.Change{Kind: "person", Record: id, Fields: change.FieldsOf(map[string]change.Value{"name": change.Text(name)}), Actor: "clerk"}
	return merge.Build("person", id, []merge.Placed{{Stream: in, Change: c}}, nil)
}

func row(id change.RecordID, status string) facts.Row {
	return facts.Row{Kind: facts.PersonFacts, ID: id, Values: map[string]change.Value{"status": change.Text(status), "person": change.Text(string(id))}}
}

// TestOrderTellsNothing: an account is of what was taken in, in whatever order.
func TestOrderTellsNothing(t *testing.T) {
	a, b := record(t, "p-1", "王明"), record(t, "p-2", "李兰")
	var one, other digest.Maker
	first, second := row("p-1", "1"), row("p-2", "5")
	err := errors.Join(one.AddRecord(a), one.AddRow(first), one.AddRow(second), other.AddRow(second), other.AddRow(first), other.AddRecord(a))
	one.AddSaid(b)
	other.AddSaid(b)
	err = errors.Join(err, one.AddRow(row("p-3", "1")), one.AddRow(row("p-3", "2")), other.AddRow(row("p-3", "2")), other.AddRow(row("p-3", "1"))) // of one name
	want, bad := one.Account("2026-01-01", 3, change.Hash{1})
	got, worse := other.Account("2026-01-01", 3, change.Hash{1})
	if err = errors.Join(err, bad, worse); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestCompare: what is not of the same changes is not wrong, and what differs is named.
func TestCompare(t *testing.T) {
	account := func(name, said, status, day string, schema uint64) digest.Account {
		var m digest.Maker
		err := m.AddRecord(record(t, "p-1", name))
		err = errors.Join(err, m.AddRow(row("p-1", status)))
		if said != "" {
			m.AddSaid(record(t, change.RecordID(said), "x"))
		}
		a, bad := m.Account(day, schema, change.Hash{})
		if err = errors.Join(err, bad); err != nil {
			t.Fatal(err)
		}
		return a
	}
	first := account("王明", "", "1", "2026-01-01", 1)
	bent := account("王亮", "", "1", "2026-01-01", 1) // of the same change: only an error makes it
	packed := first
	packed.Published[0]++
	packed.RowsHash[0]++
	newer := first
	newer.Facts++
	newer.RowsHash[0]++
	for what, c := range map[string]struct {
		other  digest.Account
		result digest.Result
		by     string
	}{
		"the same":        {account("王明", "", "1", "2026-01-01", 1), digest.Equal, ""},
		"another day":     {account("王明", "", "1", "2026-01-02", 1), digest.NotComparable, "day"},
		"another schema":  {account("王明", "", "1", "2026-01-01", 2), digest.NotComparable, "schema"},
		"another event":   {account("王明", "p-2", "1", "2026-01-01", 1), digest.NotComparable, "position"},
		"another record":  {bent, digest.Wrong, "records"},
		"another row":     {account("王明", "", "5", "2026-01-01", 1), digest.Wrong, "rows"},
		"a newer program": {newer, digest.NotComparable, "facts"},
		"another pack":    {packed, digest.NotComparable, "published"},
	} {
		if result, by := first.Compare(c.other); result != c.result || by != c.by {
			t.Errorf("%s: %s by %q, want %s by %q", what, result, by, c.result, c.by)
		}
	}
}

package sim_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/test/sim"
)

// TestRecordsAreTheirMakers: what another unit says of a named record changes
// nothing, the city's word does, and one id of before is two units' two records.
func TestRecordsAreTheirMakers(t *testing.T) {
	city, first, second := change.NewUnitID([10]byte{1}), change.NewUnitID([10]byte{2}), change.NewUnitID([10]byte{3})
	named := change.NumberedRecordID(first, "form", "1")
	type said struct {
		by     change.UnitID
		record change.RecordID
		value  string
	}
	digest := func(all ...said) change.Hash {
		books := sim.NewBooks(city)
		for _, s := range all {
			in := change.Stream{Device: change.DeviceOf([]byte(s.by)), Incarnation: 1, Audience: first}
			books.Apply(s.by, in, &change.Change{Kind: "form", Record: s.record, Fields: change.FieldsOf(map[string]change.Value{"name": change.Text(s.value)})})
		}
		sum, err := books.Digest()
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	own := digest(said{first, named, "one"})
	if digest(said{first, named, "one"}, said{second, named, "two"}) != own || digest(said{second, named, "two"}, said{first, named, "one"}) != own {
		t.Error("another unit's change of a named record has an effect")
	}
	if digest(said{first, named, "one"}, said{city, named, "two"}) == own {
		t.Error("the city's change of a named record has no effect")
	}
	both := digest(said{first, "f1", "one"}, said{second, "f1", "two"})
	if both != digest(said{first, change.RecordID(first) + ".f1", "one"}, said{second, change.RecordID(second) + ".f1", "two"}) {
		t.Error("one id of two units is not two records")
	}
}

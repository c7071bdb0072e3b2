package account

import (
	"encoding/hex"

	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
)

// Kind is the kind of the records in which a device says what it holds of a unit, to
// that unit.
const Kind = "digest"

// word is what a device says that it holds of a unit.
type word struct {
	device change.DeviceID
	of     change.UnitID
	digest.Account
}

// idOf names the record of a device of the unit by.
func idOf(by change.UnitID, d change.DeviceID, of change.UnitID) change.RecordID {
	return change.NumberedRecordID(by, Kind, string(d)+" "+string(of))
}

// readWord returns Damaged where a hash cannot be read.
func readWord(r *merge.Record) (w word, err error) {
	number := func(field string) int64 { return max(r.Value(field).Int(), 0) }
	w = word{device: change.DeviceID(r.Value("device").Text()), of: change.UnitID(r.Value("of").Text())}
	w.Day, w.Facts, w.Schema = r.Value("on").Text(), uint64(number("facts")), uint64(number("schema"))
	w.Records, w.Rows = int(number("records")), int(number("rows"))
	hashes := map[string]*change.Hash{"position": &w.Position, "records_hash": &w.RecordsHash, "rows_hash": &w.RowsHash}
	if !r.Value("published").IsNull() { // a program of before says nothing of it
		hashes["published"] = &w.Published
	}
	for field, into := range hashes {
		raw, err := hex.DecodeString(r.Value(field).Text())
		if err != nil || len(raw) != len(into) {
			return w, fault.New(fault.Damaged, "a digest cannot be read")
		}
		*into = change.Hash(raw)
	}
	return w, nil
}

// fields are those of the change that says it.
func (w word) fields() map[string]change.Value {
	hash := func(h change.Hash) change.Value { return change.Text(hex.EncodeToString(h[:])) }
	return map[string]change.Value{"device": change.Text(string(w.device)), "of": change.Text(string(w.of)), "on": change.Text(w.Day),
		"facts": change.Int(int64(w.Facts)), "schema": change.Int(int64(w.Schema)), "published": hash(w.Published), "position": hash(w.Position),
		"records": change.Int(int64(w.Records)), "records_hash": hash(w.RecordsHash), "rows": change.Int(int64(w.Rows)), "rows_hash": hash(w.RowsHash)}
}

// short is the beginning of a hash, as people see it.
func short(h change.Hash) string { return hex.EncodeToString(h[:6]) }

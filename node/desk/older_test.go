package desk_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/records"
	"tongbu/syncer/streams"
)

// TestOlderNames: a record that an older program let have an ID number for a name
// goes on, and others may refer to it; the number is made up.
func TestOlderNames(t *testing.T) {
	const number = "420205189809275088"
	d := newDesk(t)
	unit := d.at.Members.Unit().ID
	err := d.at.Streams.Write(t.Context(), func(w *streams.Writer) error {
		own, err := w.Own(unit)
		if err != nil {
			return err
		}
		for _, kind := range []string{"person", "household"} {
			fields := map[string]change.Value{"unit": change.Text(string(unit))}
			if kind == "person" {
				fields["name"] = change.Text("甲")
			}
			if _, err := d.at.Records.Put(w.Tx, own, unit, records.Edit{Kind: kind, ID: number, Fields: fields, At: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	d.mustPut("person", `{"id":"`+number+`","phone":"13900000000"}`)
	d.mustPut("person", `{"id":"p-1","name":"乙","household":"`+number+`"}`)
	if got := d.record("person", "p-1").Value("household").Text(); got != string(unit)+"."+number {
		t.Errorf("got household %q", got)
	}
}

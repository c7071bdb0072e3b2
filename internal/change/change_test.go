package change_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

func TestChangeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := changes.Draw(t, "change")
		raw, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := change.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestEncodeRefusesWhatDecodeRefuses draws parts that are often malformed:
// what a device may write every other must be able to read.
func TestEncodeRefusesWhatDecodeRefuses(t *testing.T) {
	bytesAsText := rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 70), func(b []byte) string { return string(b) })
	parts := rapid.OneOf(names, bytesAsText)
	loose := rapid.OneOf(values, rapid.Map(bytesAsText, change.Text), rapid.Map(bytesAsText, func(s string) change.Value { return change.Value(s) }))
	rapid.Check(t, func(t *rapid.T) {
		c := &change.Change{
			Kind: parts.Draw(t, "kind"), Record: change.RecordID(parts.Draw(t, "record")), Actor: bytesAsText.Draw(t, "actor"),
			Fields:  change.FieldsOf(rapid.MapOfN(parts, loose, 0, 3).Draw(t, "fields")),
			Context: rapid.MapOfN(streams, rapid.Uint64(), 0, 3).Draw(t, "context"),
		}
		raw, err := c.Encode()
		if err != nil {
			if fault.Of(err) != fault.Invalid {
				t.Fatalf("Encode: got %v (%v), want invalid", fault.Of(err), err)
			}
			return
		}
		if _, err := change.Decode(raw); err != nil {
			t.Fatalf("Encode took what Decode refuses: %v", err)
		}
	})
}

func TestEncodeRefuses(t *testing.T) {
	many := func(n int) map[string]change.Value {
		fields := map[string]change.Value{}
		for i := range n {
			fields[fmt.Sprintf("f%d", i)] = change.Int(1)
		}
		return fields
	}
	tests := map[string]func(*change.Change){
		"no kind":                  func(c *change.Change) { c.Kind = "" },
		"a kind in capitals":       func(c *change.Change) { c.Kind = "Person" },
		"a long kind":              func(c *change.Change) { c.Kind = strings.Repeat("k", change.MaxKind+1) },
		"no record":                func(c *change.Change) { c.Record = "" },
		"a long record id":         func(c *change.Change) { c.Record = change.RecordID(strings.Repeat("r", change.MaxRecordID+1)) },
		"a record id with a slash": func(c *change.Change) { c.Record = "a/b" },
		"an actor that is no text": func(c *change.Change) { c.Actor = "\xff" },
		"a long actor":             func(c *change.Change) { c.Actor = strings.Repeat("a", change.MaxActor+1) },
		"no fields":                func(c *change.Change) { c.Fields = nil },
		"too many fields":          func(c *change.Change) { c.Fields = change.FieldsOf(many(change.MaxFields + 1)) },
		"a field with a bad name":  func(c *change.Change) { c.Fields = c.Fields.With("姓名", change.Null) },
		"a value that is no text":  func(c *change.Change) { c.Fields = c.Fields.With("f", change.Text("\xc3\x28")) },
		"a set that is no text":    func(c *change.Change) { c.Fields = c.Fields.With("f", change.Set([]string{"\xff"})) },
		"no value":                 func(c *change.Change) { c.Fields = c.Fields.With("f", "") },
		"a float":                  func(c *change.Change) { c.Fields = c.Fields.With("f", "\xf9\x3c\x00") },
		"a long value": func(c *change.Change) {
			c.Fields = c.Fields.With("f", change.Text(strings.Repeat("v", change.MaxValue)))
		},
		"a count of zero":      func(c *change.Change) { c.Context[stream(3)] = 0 },
		"a count out of range": func(c *change.Change) { c.Context[stream(3)] = 1<<48 + 1 },
		"a malformed stream":   func(c *change.Change) { c.Context[change.Stream{}] = 1 },
		"a long change": func(c *change.Change) {
			for i := range 5 {
				c.Fields = c.Fields.With(fmt.Sprintf("f%d", i), change.Text(strings.Repeat("v", change.MaxValue-10)))
			}
		},
		"a long context": func(c *change.Change) {
			for i := range uint32(change.MaxContext + 1) {
				s := stream(1)
				s.Incarnation = i + 1
				c.Context[s] = 1
			}
		},
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			c := edit()
			spoil(c)
			_, err := c.Encode()
			wantKind(t, err, fault.Invalid)
		})
	}
}

// TestErrorsNameNoContent: what is refused may be personal.
func TestErrorsNameNoContent(t *testing.T) {
	c := edit()
	c.Actor, c.Fields = "SECRET\xff", c.Fields.With("secret", change.Text("SECRET\xff"))
	for range 2 {
		_, err := c.Encode()
		if err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("got %v, want an error without the content", err)
		}
		c.Actor = ""
	}
}

func TestDecodeRefusesOtherBytes(t *testing.T) {
	raw := mustEncode(t, edit())
	for n := range raw {
		if _, err := change.Decode(raw[:n]); fault.Of(err) != fault.Damaged {
			t.Fatalf("%d bytes of %d: got %v, want damaged", n, len(raw), err)
		}
	}
	_, err := change.Decode(append(raw, 0))
	wantKind(t, err, fault.Damaged)
	_, err = change.Decode(make([]byte, change.MaxChange+1))
	wantKind(t, err, fault.Damaged)
}

func TestCountAndDot(t *testing.T) {
	c := edit()
	if got, want := c.Count(), uint64(10); got != want {
		t.Errorf("Count: got %d, want %d", got, want)
	}
	if got, want := c.Dot(stream(1)), (change.Dot{Stream: stream(1), Count: 10}); got != want {
		t.Errorf("Dot: got %v, want %v", got, want)
	}
	if got := (&change.Change{}).Count(); got != 1 {
		t.Errorf("Count of a first change: got %d, want 1", got)
	}
}

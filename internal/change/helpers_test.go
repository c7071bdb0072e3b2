package change_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// key makes a device's key that is the same in every run.
func key(n byte) ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32)) }

func public(n byte) ed25519.PublicKey { return key(n).Public().(ed25519.PublicKey) }

func unit(n byte) change.UnitID { return change.NewUnitID([10]byte{n}) }

// stream is the first of a device to its own unit.
func stream(n byte) change.Stream {
	return change.Stream{Device: change.DeviceOf(public(n)), Incarnation: 1, Audience: unit(n)}
}

// edit is a change with a value of each type.
func edit() *change.Change {
	return &change.Change{
		Kind: "person", Record: "p-1", Actor: "clerk", At: 1700000000000,
		Fields: change.FieldsOf(map[string]change.Value{
			"name": change.Text("买买提·吐尔逊"), "tags": change.Set([]string{"b", "a", "b"}), "n": change.Int(-3),
			"ok": change.Bool(true), "gone": change.Null,
		}),
		Context: change.Vector{stream(1): 4, stream(2): 9},
	}
}

func mustEncode(tb testing.TB, c *change.Change) []byte {
	tb.Helper()
	raw, err := c.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func mustSeal(tb testing.TB, n byte, after change.Mark, changes ...[]byte) *change.Batch {
	tb.Helper()
	b, err := change.Seal(change.BatchRows, key(n), stream(n), after, changes, 5)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func mustSign(tb testing.TB, n byte, r change.Receipt) *change.SignedReceipt {
	tb.Helper()
	r.City = change.DeviceOf(public(n))
	s, err := r.Sign(key(n))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func wantKind(tb testing.TB, err error, want fault.Kind) {
	tb.Helper()
	if got := fault.Of(err); got != want {
		tb.Errorf("got %v (%v), want %v", got, err, want)
	}
}

// Generators of parts that are well formed, and of what passes for them.
var (
	names   = rapid.StringMatching(`[a-z0-9._-]{1,32}`)
	ids     = rapid.StringMatching(`[a-z0-9._-]{1,64}`)
	streams = rapid.Custom(func(t *rapid.T) change.Stream {
		s := stream(rapid.Byte().Draw(t, "device"))
		s.Incarnation = rapid.Uint32Min(1).Draw(t, "incarnation")
		return s
	})
	values = rapid.OneOf(
		rapid.Just(change.Null),
		rapid.Map(rapid.String(), change.Text),
		rapid.Map(rapid.Int64(), change.Int),
		rapid.Map(rapid.Bool(), change.Bool),
		rapid.Map(rapid.SliceOfN(rapid.String(), 0, 6), change.Set),
	)
	changes = rapid.Custom(func(t *rapid.T) *change.Change {
		c := &change.Change{
			Kind: names.Draw(t, "kind"), Record: change.RecordID(ids.Draw(t, "record")),
			Fields:  change.FieldsOf(rapid.MapOfN(names, values, 1, 8).Draw(t, "fields")),
			Context: rapid.MapOfN(streams, rapid.Uint64Range(1, 1<<48), 0, 5).Draw(t, "context"),
			Actor:   rapid.StringN(0, 16, 64).Draw(t, "actor"), At: rapid.Int64().Draw(t, "at"),
		}
		if len(c.Context) == 0 {
			c.Context = nil // what Decode makes of none
		}
		return c
	})
)

// Changes of a few kinds with a few fields, whose values have the forms that columns
// are made for, and now and then others.
var (
	units  = rapid.Map(rapid.ByteRange(0, 2), unit)
	madeID = rapid.Custom(func(t *rapid.T) string {
		var uuid [16]byte
		copy(uuid[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "uuid"))
		if rapid.Bool().Draw(t, "timed") {
			uuid[6], uuid[8] = uuid[6]&15|0x70, uuid[8]&63|0x80
		}
		of := units.Draw(t, "unit")
		return rapid.SampledFrom([]string{string(change.NewRecordID(of, uuid)), string(change.NumberedRecordID(of, "person", "7")),
			string(change.LineRecordID(of, "person", "r", int(uuid[0]))), fmt.Sprintf("%x-%x-%x-%x-%x", uuid[:4], uuid[4:6], uuid[6:8], uuid[8:10], uuid[10:])}).Draw(t, "id")
	})
	typedValues = map[string]*rapid.Generator[change.Value]{
		"birth_date": rapid.Map(rapid.SampledFrom([]string{"1949-12-31", "1880-01-01", "2024-02-30"}), change.Text),
		"number":     rapid.Map(rapid.SampledFrom([]string{"11010519491231002X", "440524188001010014", "110105194912310021"}), change.Text),
		"phone":      rapid.Map(rapid.StringMatching(`1[0-9]{10}|0[0-9]{7}`), change.Text),
		"home":       rapid.Map(madeID, change.Text),
		"code":       rapid.Map(rapid.SampledFrom([]string{"1", "20", "99"}), change.Text),
		"count":      rapid.Map(rapid.Int64Range(-300, 300), change.Int),
		"remark":     rapid.Map(rapid.String(), change.Text),
		"own_no":     rapid.Just(change.Text("7")),
	}
	alike = rapid.Custom(func(t *rapid.T) *change.Change {
		c := &change.Change{Kind: rapid.SampledFrom([]string{"person", "household"}).Draw(t, "kind"), Record: change.RecordID(madeID.Draw(t, "record")),
			Fields: change.FieldsOf(map[string]change.Value{"code": change.Null}), Actor: "clerk", At: rapid.Int64Range(1<<40, 1<<41).Draw(t, "at")}
		for _, name := range []string{"birth_date", "number", "phone", "home", "code", "count", "remark", "own_no"} {
			switch rapid.IntRange(0, 9).Draw(t, name) {
			case 0:
			case 1:
				c.Fields = c.Fields.With(name, values.Draw(t, name))
			default:
				c.Fields = c.Fields.With(name, typedValues[name].Draw(t, name))
			}
		}
		return c
	})
)

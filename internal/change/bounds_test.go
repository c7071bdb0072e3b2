package change_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// TestJustWithin: what lies just within a bound of a batch is read, what lies just outside
// is not.
func TestJustWithin(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*change.Header)
		good bool
	}{
		"the most changes":     {func(h *change.Header) { h.Count = change.MaxBatchChanges }, true},
		"the largest":          {func(h *change.Header) { h.Size = change.MaxPayload }, true},
		"the highest sequence": {func(h *change.Header) { h.First, h.Prev = 1<<62, change.Hash{1} }, true},
		"the one after it":     {func(h *change.Header) { h.First, h.Prev = 1<<62+1, change.Hash{1} }, false},
	} {
		if _, err := change.ParseBatch(forge(t, []byte{0x81, 0x40}, 1, c.edit)); c.good != (err == nil) || !c.good && fault.Of(err) != fault.Damaged {
			t.Errorf("%s: got %v, want it read %v", name, err, c.good)
		}
	}
}

// TestEntryBeforeVersion3: batches before version 3 count no entries of other streams; one
// that has such a change is a batch like any other.
func TestEntryBeforeVersion3(t *testing.T) {
	said := forward(t, mustEncode(t, edit()))
	entry := mustEncode(t, must(said.Entry("city", 5)))
	payload := must(must(cbor.CoreDetEncOptions().EncMode()).Marshal([][]byte{entry}))
	b, err := change.ParseBatch(forge(t, payload, 1, nil))
	if err != nil {
		t.Fatal(err)
	}
	if changes, err := b.Changes(); err != nil || len(changes) != 1 || changes[0].Kind != change.ForwardKind {
		t.Errorf("got %d changes, %v", len(changes), err)
	}
}

// TestLongestValues: a value may have so many bytes and a set so many items, and no more,
// also where it stands in a change that another program has encoded.
func TestLongestValues(t *testing.T) {
	items := func(n int) (all []string) {
		for i := range n {
			all = append(all, fmt.Sprintf("%02x", i)[:2])
			if i > 255 {
				all[i] = fmt.Sprintf("%03x", i)
			}
		}
		return all
	}
	around := len(change.Text(strings.Repeat("x", 1000))) - 1000
	for name, c := range map[string]struct {
		value change.Value
		good  bool
	}{
		"the longest text":  {change.Text(strings.Repeat("x", change.MaxValue-around)), true},
		"a byte more":       {change.Text(strings.Repeat("x", change.MaxValue-around+1)), false},
		"the most items":    {change.Set(items(4096)), true},
		"an item more":      {change.Set(items(4097)), false},
		"few and very long": {change.Set([]string{strings.Repeat("a", 9000), strings.Repeat("b", 9000)}), false},
	} {
		if err := c.value.Validate(); c.good != (err == nil) {
			t.Errorf("%s, %d bytes: got %v, want it good %v", name, len(c.value), err, c.good)
		}
		short := edit()
		short.Fields = change.FieldsOf(map[string]change.Value{"a": change.Text("zz")})
		raw := strings.Replace(string(mustEncode(t, short)), string(change.Text("zz")), string(c.value), 1)
		if _, err := change.Decode([]byte(raw)); c.good != (err == nil) {
			t.Errorf("%s in a change: got %v, want it good %v", name, err, c.good)
		}
	}
}

// TestOneFormOfReceipts: a receipt in other bytes than the city writes is none, although it
// says the same; nor is one without a body, or with half a signature.
func TestOneFormOfReceipts(t *testing.T) {
	signed := mustSign(t, 9, receipt())
	mode := must(cbor.CoreDetEncOptions().EncMode())
	var parts [][]byte
	if err := cbor.Unmarshal(signed.Bytes(), &parts); err != nil {
		t.Fatal(err)
	}
	body, sig := parts[0], parts[1]
	epoch := len(body) - 10 // a number of one byte, before a time of nine
	for name, raw := range map[string][]byte{
		"as it was":                  must(mode.Marshal(parts)),
		"a longer number":            must(mode.Marshal([][]byte{slices.Concat(body[:epoch], []byte{0x18}, body[epoch:]), sig})),
		"a body without a length":    must(mode.Marshal([][]byte{slices.Concat([]byte{0x9f}, body[1:], []byte{0xff}), sig})),
		"no body":                    must(mode.Marshal([][]byte{{}, sig})),
		"half a signature":           must(mode.Marshal([][]byte{body, sig[:32]})),
		"a longer length":            slices.Concat(signed.Bytes()[:len(signed.Bytes())-66], []byte{0x59, 0x00, 0x40}, sig),
		"a receipt without a length": slices.Concat([]byte{0x9f}, signed.Bytes()[1:], []byte{0xff}),
	} {
		_, err := change.ParseReceipt(raw)
		if honest := name == "as it was"; honest != (err == nil) || !honest && fault.Of(err) != fault.Damaged {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

package columns_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/change/columns"
)

var unit = change.NewUnitID([10]byte{7})

// base is a batch that is sealed in the stream of the context of some changes.
var base = columns.Base{Device: "aaaaaaaaaaaaaaaa", Audience: string(unit), Incarnation: 3, Sealed: 1741564900000}

// sizeOf is the size of the list of changes in CBOR.
func sizeOf(raws [][]byte) int {
	size := headSize(len(raws))
	for _, raw := range raws {
		size += headSize(len(raw)) + len(raw)
	}
	return size
}

func headSize(n int) int {
	switch {
	case n < 24:
		return 1
	case n < 1<<8:
		return 2
	case n < 1<<16:
		return 3
	}
	return 5
}

func encode(tb testing.TB, kind string, id change.RecordID, fields map[string]change.Value, i int) []byte {
	tb.Helper()
	c := &change.Change{Kind: kind, Record: id, Fields: change.FieldsOf(fields), Actor: "clerk", At: 1741564800000 + int64(i*i)}
	if i%3 == 1 {
		c.Context = change.Vector{{Device: "aaaaaaaaaaaaaaaa", Incarnation: 3, Audience: unit}: uint64(i), {Device: "aaaaaaaaaaaaaaab", Incarnation: 1, Audience: unit}: 1 << 48}
	}
	raw, err := c.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

// column makes changes of one kind, each with a value of one field.
func column(tb testing.TB, values ...change.Value) (raws [][]byte) {
	tb.Helper()
	for i, v := range values {
		raws = append(raws, encode(tb, "person", change.NewRecordID(unit, [16]byte{byte(i), 6: 0x70, 8: 0x80}), map[string]change.Value{"f": v}, i))
	}
	return raws
}

// repeated are n values in turn.
func repeated(n int, values ...change.Value) (all []change.Value) {
	for i := range n {
		all = append(all, values[i%len(values)])
	}
	return all
}

func texts(n int, format string, from int64) (all []change.Value) {
	for i := range int64(n) {
		all = append(all, change.Text(fmt.Sprintf(format, from+i)))
	}
	return all
}

// persons are changes with an own number that the id follows from, and an ID number
// that the day of birth follows from.
func persons(tb testing.TB, n int) (raws [][]byte) {
	tb.Helper()
	for i := range n {
		number := fmt.Sprint("X", i)
		fields := map[string]change.Value{"own_no": change.Text(number), "name": change.Text("张伟"), "id_number": change.Text("11010519491231002X"),
			"birth_date": change.Text("1949-12-31"), "household": change.Text(string(change.NewRecordID(unit, [16]byte{byte(i / 3), 6: 0x70, 8: 0x80})))}
		if i%5 == 1 {
			fields["birth_date"] = change.Text("1950-01-01")
		}
		if i%7 == 2 {
			delete(fields, "id_number")
		}
		raws = append(raws, encode(tb, "person", change.NumberedRecordID(unit, "person", number), fields, i))
	}
	return raws
}

// batches are what has to come out as it went in.
func batches(tb testing.TB) map[string][][]byte {
	tb.Helper()
	odd := []change.Value{change.Null, change.Text(""), change.Int(-1), change.Bool(true), change.Set(nil), change.Set([]string{"a", "b"})}
	all := map[string][][]byte{
		"persons":              persons(tb, 50),
		"a person":             persons(tb, 1),
		"one value":            column(tb, repeated(30, change.Text("13"))...),
		"codes":                column(tb, repeated(99, texts(7, "%02d", 10)...)...),
		"all types":            column(tb, repeated(60, odd...)...),
		"texts":                column(tb, texts(40, "某某巷%d号", 0)...),
		"texts twice":          column(tb, repeated(40, slices.Concat(texts(9, "巷%d", 0), texts(9, "巷%d", 0)[8:])...)...),
		"days":                 column(tb, texts(28, "2024-02-%02d", 1)...),
		"days of all times":    column(tb, change.Text("0001-01-01"), change.Text("9999-12-31"), change.Text("2000-02-29"), change.Text("1900-02-28")),
		"no days":              column(tb, change.Text("1900-02-29"), change.Text("0000-01-01"), change.Text("2024-13-01"), change.Text("2024-00-01"), change.Text("2024-01-32")),
		"telephones":           column(tb, texts(40, "138%08d", 99999)...),
		"numbers with zeros":   column(tb, texts(40, "%012d", 0)...),
		"eighteen digits":      column(tb, texts(40, "%018d", 999999999999999900)...),
		"nineteen digits":      column(tb, texts(40, "9%018d", 7)...),
		"ID numbers":           column(tb, repeated(40, change.Text("11010519491231002X"), change.Text("440524188001010014"))...),
		"wrong ID numbers":     column(tb, repeated(40, change.Text("110105194912310021"), change.Text("440524188002300014"), change.Text("11010519491231002x"))...),
		"integers":             column(tb, change.Int(0), change.Int(-1), change.Int(1<<62), change.Int(-1<<63), change.Int(1<<63-1)),
		"one far off":          column(tb, append(repeated(99, change.Int(1), change.Int(2), change.Int(3)), change.Int(1<<40))...),
		"some days odd":        column(tb, slices.Concat(texts(28, "2024-01-%02d", 1), odd[:3], texts(28, "2024-03-%02d", 1))...),
		"ids of all sorts":     column(tb, ids()...),
		"ids in capitals":      column(tb, change.Text("0195F000-0000-7000-8000-00000000000A"), change.Text(string(unit)+".0000000000000000000000000Z")),
		"ids with bits over":   column(tb, change.Text(string(unit)+".00000000000000000000000001"), change.Text(string(unit)+".00000000000000000000000003")),
		"ids in wrong letters": column(tb, change.Text("1111111111111111.00000000000000000000000000"), change.Text(string(unit)+".x00000000000000000000000000")),
	}
	all["several kinds"] = slices.Concat(persons(tb, 9), [][]byte{encode(tb, "notice", "n-1", map[string]change.Value{"title": change.Text("公告")}, 1)}, all["integers"])
	return all
}

// ids are references in all forms, some to a record of the same batch.
func ids() (all []change.Value) {
	for i := range 12 {
		made := [16]byte{byte(i), byte(i * 31), 6: byte(i) << 4, 8: byte(i) << 5}
		for _, id := range []change.RecordID{change.NewRecordID(unit, made), change.NumberedRecordID(unit, "person", fmt.Sprint(i)), change.LineRecordID(unit, "person", "r", i),
			change.RecordID(fmt.Sprintf("0195%04x-0000-7000-8000-0000000000%02x", i, i)), change.NewRecordID(unit, [16]byte{byte(i), 6: 0x70, 8: 0x80})} {
			all = append(all, change.Text(string(id)))
		}
	}
	return append(all, all[3], all[3], all[7])
}

func TestComesOutAsItWentIn(t *testing.T) {
	for name, raws := range batches(t) {
		t.Run(name, func(t *testing.T) {
			f, ok := columns.Encode(base, raws)
			if !ok {
				t.Fatal("not encoded")
			}
			got, ok := columns.Decode(base, f, len(raws), sizeOf(raws))
			if !ok {
				t.Fatal("not decoded")
			}
			if diff := cmp.Diff(raws, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSmall: what the forms are for. Each is far below the bytes that a change has.
func TestSmall(t *testing.T) {
	for name, most := range map[string]int{"ID numbers": 17, "days": 18, "telephones": 17, "persons": 15, "ids of all sorts": 34} {
		raws := batches(t)[name]
		f, _ := columns.Encode(base, raws)
		if got := (len(f.Plain) + len(f.Bits)) / len(raws); got > most {
			t.Errorf("%s: got %d bytes a change, want %d at most; %d and %d", name, got, most, len(f.Plain), len(f.Bits))
		}
	}
}

// TestNoChanges: what is no change, or not in canonical form, or beyond a limit,
// stays rows.
func TestNoChanges(t *testing.T) {
	good := persons(t, 1)[0]
	wide := map[string]change.Value{}
	for i := range 250 {
		wide[fmt.Sprint("f", i)] = change.Null
	}
	var kinds, many [][]byte
	for i := range 5 {
		kinds = append(kinds, encode(t, fmt.Sprint("k", i), "r", wide, 0))
	}
	for i := range 300 {
		c := change.Change{Kind: "k", Record: "r", Fields: change.FieldsOf(map[string]change.Value{"f": change.Null}), Actor: fmt.Sprint(i)}
		raw, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		many = append(many, raw)
	}
	for name, raws := range map[string][][]byte{
		"nothing":            {{}},
		"another thing":      {{0xa1, 0x18, 0x99, 0xf6}},
		"cut":                {good, good[:len(good)-1]},
		"with something":     {append(bytes.Clone(good), 0)},
		"a longer head":      {append([]byte{0x98, 6}, good[1:]...)},
		"too many fields":    kinds,
		"too many operators": many,
	} {
		if _, ok := columns.Encode(base, raws); ok {
			t.Errorf("%s: encoded", name)
		}
	}
}

// TestBentForms changes each byte of both parts in turn: what is accepted is no
// larger than it says.
func TestBentForms(t *testing.T) {
	for name, raws := range batches(t) {
		f, _ := columns.Encode(base, raws)
		size := sizeOf(raws)
		for i := range len(f.Plain) + len(f.Bits) {
			bent := columns.Form{Plain: bytes.Clone(f.Plain), Bits: bytes.Clone(f.Bits)}
			if part := bent.Plain; i < len(part) {
				part[i] ^= 1 << (i % 8)
			} else {
				bent.Bits[i-len(part)] ^= 1 << (i % 8)
			}
			wantBounded(t, bent, len(raws), size)
		}
		for _, cut := range []columns.Form{{Plain: f.Plain[:len(f.Plain)-1], Bits: f.Bits}, {Plain: append(bytes.Clone(f.Plain), 0), Bits: f.Bits},
			{Plain: f.Plain, Bits: append(bytes.Clone(f.Bits), 0)}, {Plain: f.Plain}, {Bits: f.Bits}} {
			if _, ok := columns.Decode(base, cut, len(raws), size); ok && len(f.Bits) > 0 {
				t.Errorf("%s: cut or longer, and decoded", name)
			}
		}
		for _, other := range []int{0, size - 1, size + 1, size + 1000} {
			if _, ok := columns.Decode(base, f, len(raws), other); ok {
				t.Errorf("%s: decoded as %d bytes, not %d", name, other, size)
			}
		}
	}
}

func wantBounded(tb testing.TB, f columns.Form, count, size int) {
	tb.Helper()
	got, ok := columns.Decode(base, f, count, size)
	if !ok {
		return
	}
	if len(got) != count || sizeOf(got) != size {
		tb.Errorf("got %d changes of %d bytes, want %d of %d", len(got), sizeOf(got), count, size)
	}
}

// FuzzColumns: any bytes are refused or make changes of the size that was said; what
// Encode makes of those, if they are changes, decodes to the same again.
func FuzzColumns(f *testing.F) {
	for _, raws := range batches(f) {
		if form, ok := columns.Encode(base, raws); ok {
			f.Add(form.Plain, form.Bits, uint16(len(raws)), uint32(sizeOf(raws)))
		}
	}
	f.Fuzz(func(t *testing.T, plain, bits []byte, count uint16, size uint32) {
		form, n, most := columns.Form{Plain: plain, Bits: bits}, int(count%1000)+1, int(size%(512<<10))
		wantBounded(t, form, n, most)
		raws, ok := columns.Decode(base, form, n, most)
		if !ok || slices.ContainsFunc(raws, func(raw []byte) bool { _, err := change.Decode(raw); return err != nil }) {
			return
		}
		again, ok := columns.Encode(base, raws)
		if !ok {
			return // beyond a limit that a reader has not
		}
		if got, ok := columns.Decode(base, again, n, most); !ok || !cmp.Equal(raws, got) {
			t.Errorf("%x decodes, and what is made of it does not: %v", plain, ok)
		}
	})
}

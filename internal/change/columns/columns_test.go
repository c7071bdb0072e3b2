package columns_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"tongbu/internal/change"
	"tongbu/internal/change/columns"
)

func TestTry(t *testing.T) {
	unit := change.NewUnitID([10]byte{7})
	var raws [][]byte
	for i := range 200 {
		number := fmt.Sprint("X", i)
		c := &change.Change{Kind: "person", Record: change.NumberedRecordID(unit, "person", number), Actor: "clerk", At: 1741564800000 + int64(i)*1000,
			Fields: map[string]change.Value{
				"name": change.Text("张伟芳"), "own_no": change.Text(number), "id_number": change.Text("11010519491231002X"), "birth_date": change.Text("1949-12-31"),
				"hukou_address": change.Text(fmt.Sprintf("某某巷%d号%d栋", i%199, i%20)), "phone": change.Text(fmt.Sprintf("138%08d", i*7919)), "n": change.Int(int64(i - 7)),
				"hardship": change.Set([]string{"010", "050"}), "household": change.Text(string(change.NewRecordID(unit, [16]byte{byte(i / 3), 6: 0x70, 8: 0x80}))),
			}}
		if i%5 == 0 {
			delete(c.Fields, "phone")
			c.Context = change.Vector{{Device: "aaaaaaaaaaaaaaaa", Incarnation: 3, Audience: unit}: 7}
		}
		raw, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		raws = append(raws, raw)
	}
	for n := 1; n <= len(raws); n++ {
		f, ok := columns.Encode(raws[:n])
		if !ok {
			t.Fatal(n, "not encoded")
		}
		got, ok := columns.Decode(f, n, sizeOf(raws[:n]))
		if !ok {
			t.Fatal("not decoded")
		}
		for i := range got {
			if !bytes.Equal(got[i], raws[i]) {
				t.Errorf("%d: %x\n%x", i, got[i], raws[i])
			}
		}
		if n == 1 || n == 200 {
			t.Logf("%d: %d + %d of %d", n, len(f.Plain), len(f.Bits), len(raws[0])*n)
		}
	}
}

// sizeOf is the size of the list of changes in CBOR.
func sizeOf(raws [][]byte) int {
	raw, err := cbor.Marshal(raws)
	if err != nil {
		panic(err)
	}
	return len(raw)
}

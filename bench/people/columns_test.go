package people_test

import (
	"crypto/ed25519"
	"fmt"
	"testing"
	"time"

	"tongbu/bench/people"
	"tongbu/internal/change"
)

func kinds(t testing.TB) map[string][][]byte {
	persons := people.In(unit, 1100)
	encoded, err := people.Encode(persons, unit.ID)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range persons {
		ids = append(ids, p.ID)
	}
	a := people.NewAuthor(ed25519.NewKeyFromSeed(make([]byte, 32)), unit.ID)
	edits, err := people.Edits(ids, a.Stream, 0, 1100)
	if err != nil {
		t.Fatal(err)
	}
	var wire [][]byte
	for i, p := range persons {
		c := p.Change(unit.ID)
		delete(c.Fields, "unit")
		c.Fields["own_no"] = change.Text(p.ID)
		c.Record = change.NumberedRecordID(unit.ID, "person", p.ID)
		c.Fields["household"] = change.Text(string(change.NumberedRecordID(unit.ID, "household", c.Fields["household"].Text())))
		c.At += int64(i) * 2
		raw, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		wire = append(wire, raw)
	}
	return map[string][][]byte{"persons": encoded, "edits": edits, "wire": wire}
}

func TestSizes(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	a := people.NewAuthor(key, unit.ID)
	for name, all := range kinds(t) {
		for _, n := range []int{1, 2, 3, 5, 8, 20, 100, 180, 1000} {
			var size, fixed [4]int
			reps := 1000 / n
			var took [4]time.Duration
			for _, v := range []uint8{2, 3} {
				for i := range reps {
					since := time.Now()
					b, err := change.Seal(v, key, a.Stream, change.Mark{}, all[i*n:i*n+n], 1741564800000)
					took[v] += time.Since(since)
					if err != nil {
						t.Fatal(err)
					}
					size[v] += len(b.Bytes())
					fixed[v] += 0
				}
			}
			fmt.Printf("%s %4d: v2 %6.1f v3 %6.1f B/change; %v %v\n", name, n, float64(size[2])/float64(reps*n), float64(size[3])/float64(reps*n), took[2]/time.Duration(reps*n), took[3]/time.Duration(reps*n))
		}
	}
}

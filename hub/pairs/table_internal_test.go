package pairs

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/duplicates"
)

// TestTable: somebody is told of as alike when another one has the number, or the name and birth
// where one of the two is not sure; in whatever order they come, one of a pair is.
func TestTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seen, told := newTable(), map[change.RecordID]bool{}
		var ids []change.RecordID
		keys := map[change.RecordID]duplicates.Keys{}
		for range rapid.IntRange(1, 12).Draw(t, "persons") {
			id := change.RecordID(fmt.Sprint("p", rapid.IntRange(0, 5).Draw(t, "who")))
			k, met := keys[id]
			if !met {
				k = duplicates.Keys{Number: rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "number"), Born: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "born")}
				k.Sure = k.Number != "" && rapid.Bool().Draw(t, "sure")
				keys[id], ids = k, append(ids, id)
			}
			if seen.put(id, k) {
				told[id] = true
			}
		}
		for i, a := range ids {
			alike := false
			for j, b := range ids {
				is := i != j && (keys[a].Number != "" && keys[a].Number == keys[b].Number || keys[a].Born != "" && keys[a].Born == keys[b].Born && (!keys[a].Sure || !keys[b].Sure))
				alike = alike || is
				if is && !told[a] && !told[b] {
					t.Fatalf("%s and %s are alike, and nobody is told", a, b)
				}
			}
			if told[a] && keys[a].Number == "" && keys[a].Born == "" || told[a] && !alike && len(ids) == 1 {
				t.Fatalf("%s is told of, and is like nobody", a)
			}
		}
	})
}

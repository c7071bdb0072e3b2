package desk_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// hundreds are lines of n persons; every tenth is without work, every 13th
// void.
func hundreds(n int) string {
	var lines strings.Builder
	for i := range n {
		object := map[string]any{"id": fmt.Sprintf("p-%05d", i), "name": fmt.Sprintf("名%d", i%7), "status": fmt.Sprint(1 + i%10)}
		if i%13 == 0 {
			object["valid"], object["void_reason"] = "0", "twice"
		}
		raw, _ := json.Marshal(object)
		lines.Write(append(raw, '\n'))
	}
	return lines.String()
}

// TestListsByIndex: lists that an index leads to are those of a scan, in
// order of ids, page by page; units and tiers are named by their codes.
func TestListsByIndex(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", hundreds(1300))
	all := kit.MustList(t, w.Node, "person", "")
	if len(all) != 1200 || !slices.IsSorted(all) {
		t.Fatalf("got %d persons, want 1200 in order", len(all))
	}
	for filter, want := range map[string]int{
		`status = 10`: 120, `status = 10 AND name = 名3`: 17, `status = 10 AND valid = 0`: 10, `id = p-00001`: 1, `name = 名1*`: 172,
		fmt.Sprintf("community = %q", kit.First.Code): 1200, fmt.Sprintf("unit = %q", kit.First.Code): 1200, fmt.Sprintf("street = %q", kit.Street.Code): 1200,
		fmt.Sprintf("street = %q", kit.FarStreet.Name): 0, fmt.Sprintf("street = %q", kit.Street.Name): 1200, `status IN (10, 9)`: 240, `status:(10 OR 9)`: 240, `unit = null`: 0, fmt.Sprintf("community != %q", kit.First.Code): 0,
	} {
		got := kit.MustList(t, w.Node, "person", filter)
		scan := kit.MustList(t, w.Node, "person", fmt.Sprintf(`NOT (NOT (%s))`, filter))
		if len(got) != want || !slices.IsSorted(got) || !slices.Equal(got, scan) {
			t.Errorf("%s: got %d, want %d in order", filter, len(got), want)
		}
	}
	for _, unknown := range []string{fmt.Sprintf("community = %q", kit.Street.Code), `unit = "370000000000"`, `street = "无此街道"`} {
		err := desk.New(w.Node).List(t.Context(), "person", unknown, kit.Clerk, func(*desk.Shown) error { return nil })
		kit.WantKind(t, err, fault.Invalid)
	}
	var units []change.RecordID
	for _, u := range kit.Units() {
		units = append(units, change.RecordID(u.ID))
	}
	slices.Sort(units)
	if got := kit.MustList(t, w.City, "unit", "code:*"); !slices.Equal(got, units) {
		t.Errorf("a hub's units: got %v, want %v", got, units)
	}
}

package desk_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// TestKeptLists: a desk that keeps lists of households shows what one shows that has just
// been opened, whatever was saved between and however many lists were asked for.
func TestKeptLists(t *testing.T) {
	s := newNode(t)
	community(t, s, 60)
	var asks []desk.AskHouseholds
	for _, order := range []string{"", desk.ByChange, desk.ByName, desk.ByAddress} {
		for _, page := range []int{1, 9} {
			for _, kind := range []string{"", "01", "02"} {
				asks = append(asks, desk.AskHouseholds{Order: order, Page: page, Kind: kind, LowIncome: kind == "02"})
			}
		}
	}
	list := func(d *desk.Desk, ask desk.AskHouseholds) *desk.Households {
		got, err := d.Households(t.Context(), ask, kit.Clerk)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	r, fit := rand.New(rand.NewPCG(7, 8)), 0
	for step := range 10 {
		fresh := newSearcher(t, s.at)
		for _, ask := range asks {
			want := list(fresh.desk, ask)
			if ask.Kind != "" {
				fit += want.Total
			}
			for range 2 {
				if diff := gocmp.Diff(want, list(s.desk, ask)); diff != "" {
					t.Fatalf("step %d: %+v: %s", step, ask, diff)
				}
			}
		}
		home := list(s.desk, desk.AskHouseholds{Page: 1}).Shown[r.IntN(50)].ID
		line := fmt.Sprintf(`{"id":%q,"address":"湖滨路%d号","head_name":"王%d","kinds":["0%d"],"low_income":%t}`, home, r.IntN(90), step, 1+step%2, step%2 == 1)
		switch step % 5 {
		case 3:
			line = fmt.Sprintf(`{"id":%q,"valid":"0","void_reason":"twice"}`, home)
		case 4:
			line = fmt.Sprintf(`{"id":"new-%d","address":"湖滨路1号"}`, step)
		}
		kit.MustPut(t, s.at, "household", line+"\n")
	}
	if fit == 0 {
		t.Error("no household was of a kind that was asked for")
	}
}

package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

func TestSpell(t *testing.T) {
	for text, want := range map[string]string{"女婿": "nx", "": "", "（其他）": "qt", "A型 2": "ax2", "丈夫": "zf"} {
		if got, _, _ := strings.Cut(desk.Spell(text), " "); got != want {
			t.Errorf("%s: got %q first, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"重庆": "cq", "长子": "zz", "银行": "yh", "曾孙": "zs"} {
		if got := strings.Fields(desk.Spell(text)); !strings.Contains(" "+strings.Join(got, " ")+" ", " "+want+" ") {
			t.Errorf("%s: got %q, want %q among them", text, got, want)
		}
	}
	if got := strings.Fields(desk.Spell(strings.Repeat("重长", 20))); len(got) != 8 || len(got[0]) != 40 {
		t.Errorf("got %q, want eight whole combinations", got)
	}
}

// recent are what was entered last, as one line each.
func (d *clerk) recent(limit int) (all []string) {
	d.t.Helper()
	items, err := desk.New(d.at).Recent(d.t.Context(), limit, kit.Clerk)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, i := range items {
		all = append(all, fmt.Sprint(i.Kind, " ", i.Called, " ", i.Word, " ", i.Actor))
	}
	return all
}

// TestRecent: each record that was entered here stands once, by its newest change, with
// how far that has come; what others entered and the program says does not.
func TestRecent(t *testing.T) {
	d := &clerk{t: t}
	tiers := kit.MustTiers(t)
	d.town, d.city, d.at = tiers.Town, tiers.City, tiers.Node
	other := d.town.MustReplica(t, d.city, kit.First)
	d.mustPut("household", `{"id":"h-1","head_name":"王明"}`)
	for _, line := range []string{`{"id":"p-1","name":"王明","id_number":"110105198001010059"}`, `{"id":"p-2","name":"李红"}`} {
		d.town.Clock.Advance(time.Minute)
		d.mustPut("person", line)
	}
	d.town.Clock.Advance(time.Minute)
	d.mustPut("unemployment", `{"id":"e-1","person":"p-2","on":"2027-01-02"}`)
	d.town.Clock.Advance(time.Minute)
	d.mustPut("visit", `{"id":"v-1","household":"h-1","on":"2027-01-02","visited_by":"陈工"}`)
	d.mustPut("visit", `{"id":"v-2","household":"h-1","on":"2027-01-03"}`)
	d.town.Clock.Advance(time.Minute)
	d.mustPut("person", `{"id":"p-1","phone":"13900000000"}`)
	if _, err := kit.Put(t, other, "person", `{"id":"p-9","name":"乙"}`); err != nil {
		t.Fatal(err)
	}
	d.town.MustCarry(t, other, d.city)
	d.town.MustCarry(t, d.city, d.at)
	all := []string{"person 王明 saved clerk", "visit 王明 saved clerk", "visit 王明 saved clerk", "person 李红 saved clerk", "unemployment 李红 saved clerk", "household 王明 saved clerk"}
	if diff := cmp.Diff(all, d.recent(10)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(all[:2], d.recent(2)); diff != "" {
		t.Error(diff)
	}
	kit.Acknowledge(d.at)
	if got := d.recent(1)[0]; got != "person 王明 saved clerk" && got != "person 王明 received clerk" {
		t.Errorf("got %s", got)
	}
	tiers.MustRefuse(t, d.at, "household", kit.Name(kit.First, "household", "h-1"))
	d.town.MustCarry(t, d.city, d.at)
	if got := d.recent(10)[5]; !strings.HasSuffix(got, " refused clerk") {
		t.Errorf("got %s, want the first change refused", got)
	}
	for _, limit := range []int{0, desk.MaxRecent + 1} {
		if _, err := desk.New(d.at).Recent(t.Context(), limit, kit.Clerk); fault.Of(err) != fault.Invalid {
			t.Errorf("limit %d: got %v", limit, err)
		}
	}
}

// TestRecentReadsFarBack: what stands behind many changes of other records is found.
func TestRecentReadsFarBack(t *testing.T) {
	d := newDesk(t)
	d.mustPut("household", `{"id":"h-1","head_name":"王明"}`)
	d.town.Clock.Advance(time.Minute)
	var lines strings.Builder
	for i := range 230 {
		fmt.Fprintf(&lines, `{"id":"p-1","phone":"139%08d"}`+"\n", i)
	}
	d.mustPut("person", `{"id":"p-1","name":"甲"}`)
	d.mustPut("person", lines.String())
	if diff := cmp.Diff([]string{"person 甲 saved clerk", "household 王明 saved clerk"}, d.recent(5)); diff != "" {
		t.Error(diff)
	}
}

// TestCount: a count is that of the list, and no way to look somebody up.
func TestCount(t *testing.T) {
	d := newDesk(t)
	d.mustPut("household", `{"id":"h-1","head_name":"王明","people":3}
{"id":"h-2","head_name":"李四","housing":"4"}`)
	d.mustPut("person", `{"id":"p-1","name":"王明","household":"h-1","status":"9","sex":"1"}
{"id":"p-2","name":"李红","household":"h-1","status":"1","sex":"2"}`)
	for _, q := range [][2]string{{"household", ""}, {"household", `housing = "4"`}, {"household", "findings:people_members"}, {"person", `status = "9"`},
		{"person", "conflicts = true"}, {"person", "refused = true"}, {"person_facts", `status = "9"`}} {
		n, err := desk.New(d.at).Count(t.Context(), q[0], q[1])
		if want := d.counts(q[0], q[1]); err != nil || n != want {
			t.Errorf("%s %s: got %d, %v, want %d", q[0], q[1], n, err, want)
		}
	}
	for where, want := range map[string]fault.Kind{`name = "王明"`: fault.Denied, `id_number = "110105198001010059"`: fault.Denied, `nothing = 1`: fault.Invalid} {
		if _, err := desk.New(d.at).Count(t.Context(), "person", where); fault.Of(err) != want {
			t.Errorf("%s: got %v, want %v", where, err, want)
		}
	}
}

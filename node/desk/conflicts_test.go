package desk_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

func mustConflicts(t *testing.T, at *replica.Replica, kind, id string) (all []desk.Disputed) {
	t.Helper()
	err := desk.New(at).Conflicts(t.Context(), kind, change.RecordID(id), kit.Clerk, func(shown *desk.Disputed) error {
		all = append(all, *shown)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sides are the values of a field, the one that shows first.
func sides(d desk.Disputed, field string) (all []any) {
	for _, f := range d.Fields {
		for _, v := range f.Values {
			if f.Field == field {
				all = append(all, v.Value)
			}
		}
	}
	return all
}

// apart is a unit's two devices with one household, each of which edits it unseen by
// the other; then both have all.
func apart(t *testing.T, here, there string) *kit.Tiers {
	t.Helper()
	w := kit.MustTiers(t)
	other := w.MustReplica(t, w.City, kit.First)
	kit.MustPut(t, w.Node, "household", household)
	w.MustCarry(t, w.Node, w.City)
	w.MustCarry(t, w.City, other)
	for at, line := range map[*replica.Replica]string{w.Node: here, other: there} {
		kit.MustPut(t, at, "household", line)
	}
	w.MustCarry(t, other, w.City)
	w.MustCarry(t, w.City, w.Node)
	return w
}

// TestResolve: what two devices wrote unseen is listed side by side, and a choice is
// one change over both.
func TestResolve(t *testing.T) {
	w := apart(t, `{"id":"H-7","phone":"0714-2","people":2}`, `{"id":"H-7","phone":"0714-3","people":3}`)
	kit.MustPut(t, w.Node, "household", `{"id":"H-8","head_name":"王五"}`)
	listed := mustConflicts(t, w.Node, "", "")
	if len(listed) != 1 || len(mustConflicts(t, w.Node, "person", "")) != 0 || len(mustConflicts(t, w.Node, "household", "H-8")) != 0 {
		t.Fatalf("got %+v, want the one household", listed)
	}
	one := listed[0]
	shown := mustGet(t, w.Node, "household", "H-7")
	if one.Kind != "household" || one.ID != shown.ID || one.Version != shown.Version || one.Unit != kit.First.Code || len(one.Fields) != 2 {
		t.Fatalf("got %+v", one)
	}
	values := sides(one, "phone")
	first := one.Fields[1].Values[0]
	if len(values) != 2 || values[0] != shown.Fields["phone"] || !first.Shown || first.N != 1 || first.By != "clerk" || first.Unit != kit.First.Code || first.Device == "" || first.Entered == "" {
		t.Errorf("got %+v, want the value that shows first", one.Fields[1])
	}
	resolve := func(r desk.Resolution) (desk.Resolved, error) {
		return desk.New(w.Node).Resolve(t.Context(), "household", "H-7", r, kit.Clerk)
	}
	before := head(t, w.Node)
	for _, choices := range [][]string{nil, {"phone"}, {"phone#0"}, {"phone#3"}, {"phone#x"}, {"=1"}, {"shoe#1"}, {"address=x"}, {"people=many"}, {"phone#1", "phone#2"}} {
		if got, err := resolve(desk.Resolution{Version: one.Version, Choices: choices}); fault.Of(err) != fault.Invalid || fault.Hint(err) == "" {
			t.Errorf("%q: got %+v, %v, want invalid with a hint", choices, got, err)
		}
	}
	if _, err := resolve(desk.Resolution{Version: "x", Choices: []string{"phone#1"}}); fault.Of(err) != fault.Invalid {
		t.Errorf("no version: got %v", err)
	}
	if head(t, w.Node) != before {
		t.Fatal("a wrong choice was written")
	}
	got, err := resolve(desk.Resolution{Version: one.Version, Choices: []string{"phone#2", "people=4"}})
	if err != nil || got.Written == nil || head(t, w.Node) != before+1 {
		t.Fatalf("got %+v, %v", got, err)
	}
	now := mustGet(t, w.Node, "household", "H-7")
	if len(now.Conflicts) > 0 || now.Fields["phone"] != values[1] || now.Fields["people"] != int64(4) || now.Version != got.Written.Version {
		t.Errorf("got %+v", now)
	}
	stale, err := resolve(desk.Resolution{Version: one.Version, Choices: []string{"phone#1"}})
	if err != nil || stale.Written != nil || stale.Stale == nil || stale.Stale.Version != now.Version || head(t, w.Node) != before+1 {
		t.Errorf("a stale version: got %+v, %v, want the list as it is now and nothing written", stale, err)
	}
}

// TestVoidAgainstEdit: the record stays until somebody chooses.
func TestVoidAgainstEdit(t *testing.T) {
	for choice, want := range map[string]bool{"valid#1": false, "valid=1": false, "valid#2": true, "valid=0": true} {
		w := apart(t, `{"id":"H-7","valid":"0","void_reason":"登记两次"}`, `{"id":"H-7","phone":"0714-3"}`)
		if mustGet(t, w.Node, "household", "H-7").Void {
			t.Fatal("an edit made without knowing of the void is hidden")
		}
		one := mustConflicts(t, w.Node, "household", "H-7")[0]
		if diff := cmp.Diff([]any{"1", "0"}, sides(one, "valid")); diff != "" {
			t.Fatalf("valid: %s", diff)
		}
		_, err := desk.New(w.Node).Resolve(t.Context(), "household", "H-7", desk.Resolution{Version: one.Version, Choices: []string{choice}}, kit.Clerk)
		now := mustGet(t, w.Node, "household", "H-7")
		if err != nil || now.Void != want || len(now.Conflicts) > 0 || now.Fields["phone"] != "0714-3" {
			t.Errorf("%s: got %+v, %v, want void %v", choice, now, err, want)
		}
		if reason := now.Fields["void_reason"]; want != (reason == "登记两次") {
			t.Errorf("%s: got reason %v", choice, reason)
		}
	}
}

// TestVoid: a void has a reason, which is shown; it can be taken back, and one made
// on an old version is a conflict at one desk too.
func TestVoid(t *testing.T) {
	d := newDesk(t)
	d.mustPut("household", household)
	for _, line := range []string{`{"id":"H-7","valid":"0"}`, `{"id":"H-7","valid":"0","void_reason":" "}`} {
		if _, err := kit.Put(t, d.at, "household", line); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "reason") {
			t.Errorf("%s: got %v, want invalid: no reason", line, err)
		}
	}
	read := mustGet(t, d.at, "household", "H-7")
	how := desk.Saving{Void: true, Reason: "登记两次"}
	if got, err := save(t, d.at, "household", shownLine(t, read, nil), how); err != nil || got[0].Result != desk.Changed {
		t.Fatalf("got %+v, %v", got, err)
	}
	now := mustGet(t, d.at, "household", "H-7")
	if !now.Void || now.Fields["void_reason"] != "登记两次" || now.Fields["phone"] != read.Fields["phone"] {
		t.Errorf("got %+v", now)
	}
	if past := mustHistory(t, d.at, "household", "H-7"); past[1].Fields["void_reason"] != "登记两次" {
		t.Errorf("history: got %v", past[1].Fields)
	}
	if got := d.mustPut("household", `{"id":"H-7","card_no":"7"}`)[0]; !slices.Contains(got.Warnings, "valid: record_is_void") {
		t.Errorf("an edit of a void record: got %q", got.Warnings)
	}
	if got, err := save(t, d.at, "household", `{"id":"H-7"}`, how); err != nil || got[0].Result != desk.Unchanged {
		t.Errorf("once more: got %+v, %v", got, err)
	}
	if _, err := save(t, d.at, "household", `{"id":"H-9"}`, how); fault.Of(err) != fault.NotFound {
		t.Errorf("one that is not here: got %v", err)
	}
	d.mustPut("household", shownLine(t, read, map[string]any{"phone": "0714-9"}))
	if now = mustGet(t, d.at, "household", "H-7"); now.Void || len(now.Conflicts) != 1 || now.Conflicts[0] != "valid" {
		t.Errorf("an edit of what was read before the void: got %+v", now)
	}
	d.mustPut("household", `{"id":"H-7","valid":"1"}`)
	if now = mustGet(t, d.at, "household", "H-7"); now.Void || len(now.Conflicts) > 0 || now.Fields["void_reason"] != nil {
		t.Errorf("taken back: got %+v", now)
	}
}

// TestVoidWithoutEffect: a void that an edit stood against has no effect, and whoever
// shows the record says so: the record, the list, its filters, and the one who gives it
// back as it was shown.
func TestVoidWithoutEffect(t *testing.T) {
	w := apart(t, `{"id":"H-7","valid":"0","void_reason":"错"}`, `{"id":"H-7","phone":"0714-3"}`)
	got, listed := mustGet(t, w.Node, "household", "H-7"), mustConflicts(t, w.Node, "household", "H-7")
	if len(listed) != 1 || len(sides(listed[0], "valid")) != 2 || sides(listed[0], "valid")[0] != got.Fields["valid"] {
		t.Errorf("the record says valid=%v, the conflict %+v", got.Fields["valid"], listed)
	}
	if _, reason := got.Fields["void_reason"]; reason || got.Void || got.Fields["valid"] != "1" {
		t.Errorf("got %+v, want a valid record without a reason of a void", got)
	}
	matching := func(where string) (n int) {
		err := desk.New(w.Node).List(t.Context(), "household", where, kit.Clerk, func(shown *desk.Shown) error {
			if n++; shown.Void || shown.Fields["valid"] != "1" || shown.Fields["void_reason"] != nil {
				t.Errorf("%s: listed as %+v", where, shown)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if matching("") != 1 || matching(`valid = "1"`) != 1 || matching(`valid = "0"`) != 0 || matching(`void_reason = "错"`) != 0 {
		t.Error("the list finds a void record")
	}
	before := head(t, w.Node)
	for _, edits := range []map[string]any{nil, {"void_reason": nil}} {
		if same := kit.MustPut(t, w.Node, "household", shownLine(t, got, edits))[0]; same.Result != desk.Unchanged || head(t, w.Node) != before {
			t.Errorf("got %+v for what was shown, want nothing written", same)
		}
	}
	// Who has read it may void it, and the reason shows again.
	kit.MustPut(t, w.Node, "household", shownLine(t, got, map[string]any{"valid": "0", "void_reason": "错"}))
	got = mustGet(t, w.Node, "household", "H-7")
	if !got.Void || got.Fields["valid"] != "0" || got.Fields["void_reason"] != "错" || len(got.Conflicts) > 0 {
		t.Errorf("got %+v after a void on both", got)
	}
}

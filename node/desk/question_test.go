package desk_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// TestAddress: a question leaves with the device it began at and a unit for the
// code of one.
func TestAddress(t *testing.T) {
	w := kit.MustTiers(t)
	for scope, want := range map[change.UnitID]change.UnitID{"": "", change.UnitID(kit.First.Code): kit.First.ID, kit.Second.ID: kit.Second.ID} {
		q, err := desk.New(w.Node).Address(question.Question{Kind: "person", Scope: scope})
		if err != nil || q.Scope != want || q.Device != w.Node.Keys.Device() {
			t.Errorf("scope %q: got %+v, %v, want %q", scope, q, err, want)
		}
	}
	for _, scope := range []change.UnitID{"胜阳港街道", "黄石港区", "420202", "4202020070050"} { // the second has twelve bytes
		_, err := desk.New(w.Node).Address(question.Question{Kind: "person", Scope: scope})
		kit.WantKind(t, err, fault.Invalid)
	}
	nowhere := question.Question{Kind: "person", Scope: change.UnitID(kit.NotOfTown.Code)}
	_, err := desk.New(w.Node).Address(nowhere)
	kit.WantKind(t, err, fault.Denied)
	_, err = desk.New(w.MustOpen(t, w.MustJoin(t, kit.First))).Address(nowhere)
	kit.WantKind(t, err, fault.Unavailable) // the tree has not come
}

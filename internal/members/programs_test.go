package members_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/system"
)

func (w *world) program(p system.Program) {
	w.Helper()
	w.sayRecord(system.ProgramKind, change.RecordID(p.Name), p.Fields())
	w.update(func(tx *journal.Tx) error { return members.Touch(tx, system.ProgramKind) })
}

func programOf(name string, token byte) system.Program {
	return system.Program{Name: name, Unit: street, Kinds: []string{"person"}, Purpose: "x", Token: append(make([]byte, 31), token), State: system.Active, Added: 1}
}

// TestPrograms: who a program is by its name, its token and its certificate, as the city
// last said; who was revoked is known as such.
func TestPrograms(t *testing.T) {
	w := newWorld(t)
	w.town()
	if w.load(); len(w.Programs()) != 0 {
		t.Errorf("got %+v", w.Programs())
	}
	stats, centre := programOf("stats", 1), programOf("centre", 0)
	centre.Token, centre.Certificate = nil, append(make([]byte, 31), 2)
	w.program(stats)
	w.program(centre)
	if diff := cmp.Diff([]system.Program{centre, stats}, w.Programs()); diff != "" {
		t.Fatal(diff)
	}
	w.wantProgram("by name", stats, func() (system.Program, bool) { return w.Program("stats") })
	w.wantProgram("by token", stats, func() (system.Program, bool) { return w.ProgramOf([32]byte{31: 1}) })
	w.wantProgram("by certificate", centre, func() (system.Program, bool) { return w.ProgramOfKey([32]byte{31: 2}) })
	for name, found := range map[string]func() (system.Program, bool){
		"a token of nobody": func() (system.Program, bool) { return w.ProgramOf([32]byte{31: 2}) }, "no token": func() (system.Program, bool) { return w.ProgramOf([32]byte{}) },
		"a key of nobody": func() (system.Program, bool) { return w.ProgramOfKey([32]byte{31: 1}) }, "no name": func() (system.Program, bool) { return w.Program("") },
	} {
		if p, ok := found(); ok {
			t.Errorf("%s: got %+v", name, p)
		}
	}
	again := programOf("stats", 3)
	again.State = system.Revoked
	before := w.Edition()
	w.program(again)
	if w.Edition() == before {
		t.Error("the edition is what it was")
	}
	if p, ok := w.ProgramOf([32]byte{31: 1}); ok {
		t.Errorf("the token before: got %+v", p)
	}
	w.wantProgram("revoked", again, func() (system.Program, bool) { return w.ProgramOf([32]byte{31: 3}) })
	w.device(8, street, "street:8", system.Active, 10)
	if w.load(); len(w.Programs()) != 2 || len(w.Devices()) != 1 {
		t.Error("news of devices has other programs")
	}
}

func (w *world) wantProgram(what string, want system.Program, found func() (system.Program, bool)) {
	w.Helper()
	got, ok := found()
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		w.Errorf("%s: %v %s", what, ok, diff)
	}
}

// TestNoPrograms: what has no name of a program is none.
func TestNoPrograms(t *testing.T) {
	w := newWorld(t)
	w.town()
	w.program(programOf("stats.1", 1))
	if _, ok := w.ProgramOf([32]byte{31: 1}); ok || len(w.Programs()) != 0 {
		t.Errorf("got %+v", w.Programs())
	}
}

// TestRightsOf: what counts as access is active, and no state that is not known here.
func TestRightsOf(t *testing.T) {
	p := programOf("stats", 1)
	p.Until = "2026-12-31"
	want := access.Rights{Program: "stats", Unit: street, Kinds: []string{"person"}, Until: "2026-12-31"}
	if diff := cmp.Diff(want, members.RightsOf(p)); diff != "" {
		t.Error(diff)
	}
	for _, state := range []string{system.Revoked, "", "later"} {
		if p.State = state; !members.RightsOf(p).Revoked {
			t.Errorf("%q is access", state)
		}
	}
	if p.Kinds = []string{system.AllKinds}; !members.RightsOf(p).All {
		t.Error("not all kinds")
	}
}

package webtest

import (
	"encoding/json"
	"maps"

	"tongbu/internal/change"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

// Begin brings the case of a family to its recognition by the street, with a step of the
// community that crossed it on the way, and returns the step that began it.
func (s *Station) Begin(w *kit.Tiers, f Family) change.RecordID {
	s.tb.Helper()
	begun := s.Step(s.Replica, f, "DECLARED", "2026-12-22", "", map[string]any{"appeared_on": "2026-12-01"})
	verified := s.Step(s.Replica, f, "VERIFIED", "2026-12-24", begun, nil)
	notice := s.Step(s.Replica, f, "PUBLIC_NOTICE", "2026-12-25", verified, nil)
	w.MustCarry(s.tb, w.Node, w.Street)
	s.Step(w.Street, f, "STREET_CONFIRMED", "2026-12-31", notice, map[string]any{"handled_by": "唐学军"})
	s.Step(s.Replica, f, "WITHDRAWN", "2026-12-30", notice, nil)
	w.MustCarry(s.tb, w.Street, w.Node)
	s.Put("visit", map[string]any{"household": string(f.ID), "on": "2027-01-02", "kind": "3", "result": "1"})
	return begun
}

// Step records a step of a family's case at a directory.
func (s *Station) Step(at *replica.Replica, f Family, step, on string, answers change.RecordID, more map[string]any) change.RecordID {
	s.tb.Helper()
	o := map[string]any{"household": string(f.ID), "on": on, "family_kind": "02", "step": step}
	if answers != "" {
		o["answers"] = string(answers)
	}
	maps.Copy(o, more)
	line, err := json.Marshal(o)
	if err != nil {
		s.tb.Fatal(err)
	}
	return kit.MustPut(s.tb, at, "family_step", string(line)+"\n")[0].ID
}

package work

import (
	"testing"

	"tongbu/internal/facts"
	"tongbu/internal/flow"
	"tongbu/internal/schema"
)

// TestEveryTaskHasAWay: each kind of task that a community does has a way, and each field
// and code that it fills in is one of the form's.
func TestEveryTaskHasAWay(t *testing.T) {
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	above := map[string]bool{}
	for _, f := range flow.Flows {
		for _, state := range f.States {
			for _, c := range state.Clocks {
				above[c.Name] = c.Tier != flow.Community
			}
		}
	}
	above["retiree_resume"], above["duplicate_decide"] = true, true // of the district and the city, and of no clock
	k, _ := s.Kind(facts.TaskKind)
	task, _ := k.Field("task")
	for _, item := range task.List().Items {
		if _, has := ways[item.Code]; has == above[item.Code] {
			t.Errorf("%s: a way here %v, of a unit above %v", item.Code, has, above[item.Code])
		}
	}
	for name, w := range ways {
		if _, known := task.List().Item(name); !known {
			t.Errorf("%s is no task", name)
		}
		if w.kind != "" {
			wantForm(t, s, name, w)
		}
	}
}

func wantForm(t *testing.T, s *schema.Schema, name string, w way) {
	t.Helper()
	k, known := s.Kind(w.kind)
	if !known {
		t.Errorf("%s: no kind %s", name, w.kind)
		return
	}
	if want := map[bool]string{true: householdKind, false: personKind}[w.home]; k.Subject != want && k.Subject != w.of && !facts.Carries(k.Subject) {
		t.Errorf("%s: %s is about a %s", name, w.kind, k.Subject)
	}
	if f, has := k.Field(w.by); w.by != "" && (!has || f.Type != schema.Ref) {
		t.Errorf("%s: %s has no record %s", name, w.kind, w.by)
	}
	for field, code := range w.set {
		f, has := k.Field(field)
		if !has || f.List() == nil {
			t.Errorf("%s: %s has no code %s", name, w.kind, field)
			continue
		}
		if _, is := f.List().Item(code); !is {
			t.Errorf("%s: %s is no %s", name, code, field)
		}
	}
}

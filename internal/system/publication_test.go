package system_test

import (
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

func mustMerge(t *testing.T, id change.RecordID, fields map[string]change.Value) *merge.Record {
	t.Helper()
	r := merge.New(system.PublicationKind, id)
	r.Apply(change.Stream{}, &change.Change{Kind: system.PublicationKind, Record: id, Fields: change.FieldsOf(fields)})
	return r
}

// TestPublicationInPieces: a document of any length that may be published comes back
// as it was, and each value of the record is one that a change takes.
func TestPublicationInPieces(t *testing.T) {
	for name, text := range map[string]string{
		"short": "kinds: []\n", "plain": strings.Repeat("a", 40_000), "Chinese": strings.Repeat("宠", 13_333), "mixed": strings.Repeat("a宠\n𠮷", 4000),
	} {
		p := system.Publication{Number: 3, On: 7, Document: text}
		for field, value := range p.Fields() {
			if err := value.Validate(); err != nil || len(value) > change.MaxValue {
				t.Errorf("%s: %s: %v", name, field, err)
			}
		}
		c := change.Change{Kind: system.PublicationKind, Record: p.ID(), Fields: change.FieldsOf(p.Fields()), Actor: "city"}
		if _, err := c.Encode(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, ok := system.PublicationFrom(mustMerge(t, p.ID(), p.Fields())); !ok || got != p {
			t.Errorf("%s: it comes back as another", name)
		}
	}
}

// TestPublicationNamesItself: a record that says something else than its name says
// nothing.
func TestPublicationNamesItself(t *testing.T) {
	p := system.Publication{Number: 1, Withdraws: "household.x.pet", Reason: "asked twice"}
	if got, ok := system.PublicationFrom(mustMerge(t, p.ID(), p.Fields())); !ok || got != p {
		t.Errorf("got %+v", got)
	}
	other := system.Publication{Number: 1, Document: "kinds: []"}
	if _, ok := system.PublicationFrom(mustMerge(t, p.ID(), other.Fields())); ok {
		t.Error("another text passes under the name")
	}
	again := p
	if again.Number = 9; again.ID() != p.ID() || other.ID() == p.ID() {
		t.Error("the name is not that of what is said")
	}
}

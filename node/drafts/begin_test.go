package drafts_test

import (
	"errors"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/drafts"
)

// TestPageBeginsDraft: a page that made up the id begins the draft with its first word,
// once; a second page of the same record is told of the first.
func TestPageBeginsDraft(t *testing.T) {
	town := kit.MustTown(t)
	d := drafts.New(town.MustReplica(t, town.MustCity(t), kit.First))
	page := drafts.Draft{ID: drafts.NewID(), Owner: "lin", Form: "edit/person", Subject: "p", Tab: "a", Values: map[string][]string{"0.name": {"甲"}}}
	kept, err := d.Keep(t.Context(), page)
	if err != nil || kept.Revision != 1 || kept.ID != page.ID {
		t.Fatal(kept, err)
	}
	other := page
	other.ID, other.Tab = drafts.NewID(), "b"
	var clash *drafts.Conflict
	if _, err := d.Keep(t.Context(), other); !errors.As(err, &clash) || clash.Stored.ID != page.ID || clash.Kept.ID != other.ID {
		t.Fatalf("a second page of the record: %v", err)
	}
	if all, _ := d.List("lin"); len(all) != 2 {
		t.Errorf("%d drafts, want both", len(all))
	}
	if err := d.Drop(t.Context(), "lin", page.ID); err != nil {
		t.Fatal(err)
	}
	kept.Values = map[string][]string{"0.name": {"乙"}}
	if _, err := d.Keep(t.Context(), kept); fault.Of(err) != fault.NotFound {
		t.Errorf("a dropped draft comes back: %v", err)
	}
	page.ID = "nothing"
	if _, err := d.Keep(t.Context(), page); fault.Of(err) != fault.NotFound {
		t.Errorf("an id that is none: %v", err)
	}
}

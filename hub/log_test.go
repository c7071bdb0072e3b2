package hub_test

import (
	"testing"

	"tongbu/internal/question"
	"tongbu/internal/test/kit"
)

// TestNoAnswerWithoutTheLog: while the audit log takes nothing, a question
// about persons is not answered.
func TestNoAnswerWithoutTheLog(t *testing.T) {
	w := newTown(t)
	clerk := w.MustForger(t, kit.First)
	clerk.MustSay(t, w.city.Replica, kit.First, kit.People(0, 2)...)
	w.verify(w.city)
	if _, err := w.city.Query(t.Context(), clerk.Member(), question.Question{Kind: "person"}); err != nil {
		t.Errorf("while the log takes it: %v", err)
	}
	if err := w.city.Replica.Lookups.Log().Close(); err != nil {
		t.Fatal(err)
	}
	if answer, err := w.city.Query(t.Context(), clerk.Member(), question.Question{Kind: "person"}); err == nil {
		t.Errorf("answered with %d rows, and nothing of it is in the log", len(answer.Rows))
	}
}

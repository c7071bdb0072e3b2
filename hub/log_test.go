package hub_test

import (
	"context"
	"testing"
	"time"

	"tongbu/internal/journal"
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
	held, release := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- w.city.Replica.Journal.Update(context.Background(), func(*journal.Tx) error {
			close(held)
			<-release
			return nil
		})
	}()
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // the one who asks gives up
	defer cancel()
	if answer, err := w.city.Query(ctx, clerk.Member(), question.Question{Kind: "person"}); err == nil {
		t.Errorf("answered with %d rows, and nothing of it is in the log", len(answer.Rows))
	}
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if _, err := w.city.Query(t.Context(), clerk.Member(), question.Question{Kind: "person"}); err != nil {
		t.Errorf("once the log takes it: %v", err)
	}
}

package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tongbu/hub/view"
	"tongbu/hub/view/viewtest"
	"tongbu/internal/fault"
)

// slow is a question that looks at every row many times over.
func slow(t *testing.T) view.Query {
	t.Helper()
	tests := make([]string, 200)
	for i := range tests {
		tests[i] = fmt.Sprintf(`name:"no %d"`, i)
	}
	q := viewtest.MustQuery(t, viewtest.MustSchema(t), "person", strings.Join(tests, " OR "), "name", "id")
	q.Limit = 10
	return q
}

// TestQuestionEndsWithItsContext: a question is interrupted at any moment, and
// the reader it ran on answers the next one. Where the context ends in the
// question is left to chance: each must end, in one way or the other.
func TestQuestionEndsWithItsContext(t *testing.T) {
	v := open(t, filepath.Join(t.TempDir(), "view.db"))
	if err := v.Apply(t.Context(), persons(5000), 10); err != nil {
		t.Fatal(err)
	}
	interrupted := 0
	q := slow(t)
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		begun := make(chan struct{})
		go func() {
			close(begun)
			_, err := v.Rows(ctx, q)
			ended <- err
		}()
		<-begun
		cancel()
		if err := <-ended; fault.Of(err) == fault.Canceled {
			interrupted++
		} else if err != nil {
			t.Fatal(err)
		}
		mustFindAll(t, v, 5000)
	}
	if interrupted == 0 {
		t.Error("no question was interrupted")
	}
}

func mustFindAll(t *testing.T, v *view.Merged, want int64) {
	t.Helper()
	q := viewtest.MustQuery(t, viewtest.MustSchema(t), "person", "", "")
	q.Limit = 10
	groups, err := v.Groups(t.Context(), q, view.ColCity)
	if err != nil || len(groups) != 1 || groups[0].Count != want {
		t.Fatalf("got %v, %v; want one group of %d", groups, err, want)
	}
}

// TestQuestionsOfManyShapes: more questions of other texts than a reader keeps
// statements, asked by more at once than there are readers, while the view is
// written to.
func TestQuestionsOfManyShapes(t *testing.T) {
	v := open(t, filepath.Join(t.TempDir(), "view.db"))
	changes := persons(2000)
	if err := v.Apply(t.Context(), changes[:1000], 2); err != nil {
		t.Fatal(err)
	}
	var asking sync.WaitGroup
	failed := make(chan error, 8)
	shapes := questionsOfShapes(t, 120)
	for range 8 {
		asking.Go(func() { failed <- askAll(t.Context(), v, shapes) })
	}
	for i := 1000; i < 2000; i += 100 {
		if err := v.Apply(t.Context(), changes[i:i+100], uint64(i)); err != nil {
			t.Error(err)
		}
	}
	if err := v.Settle(t.Context()); err != nil {
		t.Error(err)
	}
	asking.Wait()
	for range 8 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	mustFindAll(t, v, 2000)
}

// questionsOfShapes ask for the first person by more and more alternatives.
func questionsOfShapes(t *testing.T, n int) []view.Query {
	kinds, first := viewtest.MustSchema(t), viewtest.Named(viewtest.First, persons(1)[0].Change.Record)
	questions := make([]view.Query, n)
	for i := range questions {
		questions[i] = viewtest.MustQuery(t, kinds, "person", fmt.Sprintf("id = %q", first)+strings.Repeat(` OR id = "none"`, i), "", "id")
		questions[i].Limit = 10
	}
	return questions
}

func askAll(ctx context.Context, v *view.Merged, questions []view.Query) error {
	for i, q := range questions {
		rows, err := v.Rows(ctx, q)
		if err != nil {
			return err
		}
		if len(rows) != 1 {
			return fmt.Errorf("%d alternatives: %d rows, want 1", i, len(rows))
		}
	}
	return nil
}

package journal_test

import (
	"errors"
	"slices"
	"testing"

	"tongbu/internal/journal"
)

// late notes that it ran, in a table and not outside.
type late struct {
	tx   *journal.Tx
	name string
	err  error
}

func (l *late) Do() error {
	if err := l.tx.Table("late").Put([]byte(l.name), nil); err != nil {
		return err
	}
	return l.err
}

// TestLate: what waits for the end of a transaction is done once for each
// owner, in that transaction, and fails it.
func TestLate(t *testing.T) {
	s := newStore(t)
	errLate, errEarly := errors.New("late"), errors.New("early")
	update := func(name string, early, atEnd error) error {
		return s.Update(t.Context(), func(tx *journal.Tx) error {
			begun := 0
			if tx.Late(1, nil) != nil {
				t.Error("there is work before any began")
			}
			for range 3 {
				for owner, suffix := range []string{"a", "b"} {
					tx.Late(owner, func() journal.Late { begun++; return &late{tx, name + suffix, atEnd} })
				}
			}
			if begun != 2 {
				t.Errorf("begun %d times, want once for each owner", begun)
			}
			return early
		})
	}
	if err := update("refused", errEarly, nil); !errors.Is(err, errEarly) {
		t.Errorf("got %v, want the function's error", err)
	}
	if err := update("failed", nil, errLate); !errors.Is(err, errLate) {
		t.Errorf("got %v, want the error of the end", err)
	}
	if err := update("done", nil, nil); err != nil {
		t.Error(err)
	}
	var got []string
	err := s.View(func(tx *journal.Tx) error {
		return tx.Table("late").Ascend(nil, nil, func(key, _ []byte) error {
			got = append(got, string(key))
			return nil
		})
	})
	if want := []string{"donea", "doneb"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

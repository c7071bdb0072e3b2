package audit_test

import (
	"os"
	"testing"

	"tongbu/internal/audit"
	"tongbu/internal/journal"
)

// before writes n entries as a program of before did, and returns their heads.
func (w *world) before(n int) (heads []audit.Head) {
	w.Helper()
	w.update(func(tx *journal.Tx) error {
		heads = nil
		for i := range n {
			h, err := audit.AppendTable(tx, entry(i+1))
			if err != nil {
				return err
			}
			heads = append(heads, h)
		}
		return nil
	})
	return heads
}

// TestMove: the log of a program of before goes on in the file, and heads said then
// still fit, wherever a start before was cut short.
func TestMove(t *testing.T) {
	const n = 1100
	for name, cutShort := range map[string]func(w *world) error{
		"at once":                func(*world) error { return nil },
		"an unfinished file":     func(w *world) error { return os.WriteFile(w.path+".new", []byte("tongbu"), 0o600) },
		"a file that is no log":  func(w *world) error { return os.WriteFile(w.path, make([]byte, 100), 0o600) },
		"moved, and not emptied": func(w *world) error { return w.moveAndFill(n, 0) },
		"half emptied":           func(w *world) error { return w.moveAndFill(n, 1000) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			said := w.before(n)
			if err := cutShort(w); err != nil {
				t.Fatal(err)
			}
			w.open()
			if name != "a file that is no log" {
				w.wantWhole(n, said...)
			}
			if left, err := audit.TableLeft(w.store); err != nil || left > 0 {
				t.Errorf("%d entries stand in the table, %v", left, err)
			}
			w.write(n + 1)
			w.open()
			w.wantWhole(n+1, said...)
			if all := w.entries(); len(all) != n+1 {
				t.Errorf("%d entries", len(all))
			}
		})
	}
}

// moveAndFill leaves the state in which a start died behind the file's name: the table
// is full but for its first entries.
func (w *world) moveAndFill(n int, dropped uint64) error {
	w.open()
	w.close()
	w.before(n)
	return w.store.Update(w.Context(), func(tx *journal.Tx) error { return audit.DropOfTable(tx, dropped) })
}

// TestOtherTable: a table that is not of this log is neither lost nor taken in.
func TestOtherTable(t *testing.T) {
	w := newWorld(t)
	w.open()
	w.write(3)
	w.close()
	w.before(5)
	w.open()
	if p := w.log.State().Problems; len(p) != 1 {
		t.Errorf("at opening: %v", p)
	}
	if left, err := audit.TableLeft(w.store); err != nil || left != 5 {
		t.Errorf("%d entries stand in the table, %v", left, err)
	}
	if got := w.log.Last().No; got != 3 {
		t.Errorf("the log ends at %d", got)
	}
}

package disk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/test/disk"
	"tongbu/internal/test/report"
)

// TestSees spoils a recording in the ways in which a program would be wrong:
// each must be found, or the suites above would pass for nothing.
func TestSees(t *testing.T) {
	recorded := nodeLife(t, 1).tape
	spoil := map[string]func(*tape){
		"nothing is synced":                    func(w *tape) { w.log = withoutKind(w.log, disk.Sync) },
		"the commit page is not synced":        func(w *tape) { w.log = everySecondSync(w.log) },
		"it acknowledges before it commits":    ackEarly,
		"it shows what is not on the disk yet": showEarly,
		"one step in two transactions":         func(w *tape) { mergeSteps(w, "append") },
		"names are not synced":                 func(w *tape) { w.log = withoutKind(w.log, disk.SyncDir) },
		"the file is made in its place":        inPlace,
	}
	for name, do := range spoil {
		t.Run(name, func(t *testing.T) {
			w := *recorded
			w.TB, w.log, w.steps, w.promises = t, slices.Clone(recorded.log), slices.Clone(recorded.steps), slices.Clone(recorded.promises)
			do(&w)
			c := crash(t, &w, disk.Effort{Torn: 1, Most: 2}, report.Scale(3, 1))
			t.Logf("%d violations in %d states", c.violations.Load(), c.states.Load())
			if c.violations.Load() == 0 {
				t.Error("not found")
			} else {
				t.Log(c.examples[0])
			}
		})
	}
}

func withoutKind(log disk.Log, kind disk.Kind) disk.Log {
	return slices.DeleteFunc(slices.Clone(log), func(op disk.Op) bool { return op.Kind == kind })
}

// everySecondSync leaves out the sync after each commit's last page.
func everySecondSync(log disk.Log) (kept disk.Log) {
	meta := false // the last write was of one of the first two pages
	for _, op := range log {
		if op.Kind == disk.Write {
			meta = op.Off < 8192 && len(op.Data) == 4096
		}
		if op.Kind != disk.Sync || !meta {
			kept = append(kept, op)
		}
	}
	return kept
}

// ackEarly moves every acknowledgement to the beginning of its step.
func ackEarly(w *tape) {
	for at := range w.steps[1:] {
		w.moveMark(fmt.Sprintf("ack %d", at+1), fmt.Sprintf("begin %d", at+1))
	}
}

// moveMark puts a mark behind another one.
func (t *tape) moveMark(mark, behind string) {
	from := slices.IndexFunc(t.log, func(op disk.Op) bool { return op.Kind == disk.Mark && op.Name == mark })
	op := t.log[from]
	t.log = slices.Delete(t.log, from, from+1)
	to := slices.IndexFunc(t.log, func(op disk.Op) bool { return op.Kind == disk.Mark && op.Name == behind })
	t.log = slices.Insert(t.log, to+1, op)
}

// showEarly moves what was shown before the sync that made it true.
func showEarly(w *tape) {
	for at, op := range w.log {
		if op.Kind != disk.Mark || !strings.HasPrefix(op.Name, "seen") {
			continue
		}
		for to := at - 1; to > 0; to-- {
			if w.log[to].Kind == disk.Sync && w.log[to-1].Kind == disk.Write {
				w.log = slices.Insert(slices.Delete(w.log, at, at+1), to, op)
				break
			}
		}
	}
}

// mergeSteps makes one step of each step of a name and the one before it.
func mergeSteps(w *tape, name string) {
	for at := len(w.steps) - 1; at > 1; at-- {
		if w.steps[at].name != name || w.steps[at-1].loose {
			continue
		}
		w.moveMark(fmt.Sprintf("begin %d", at), fmt.Sprintf("begin %d", at-1))
		w.moveMark(fmt.Sprintf("ack %d", at-1), fmt.Sprintf("ack %d", at))
	}
}

// inPlace leaves out the other name under which a file is first made.
func inPlace(w *tape) {
	w.log = slices.DeleteFunc(w.log, func(op disk.Op) bool { return op.Kind == disk.Rename })
	for i, op := range w.log {
		w.log[i].Name = strings.TrimSuffix(op.Name, ".new")
	}
}

package audit

import (
	"bytes"
	"context"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// Tolerance is how far an entry may be dated before the one before it: clocks
// are set by a few minutes, and whoever sets one back further wants to be seen
// at another time.
const Tolerance = 5 * time.Minute

// perScan bounds the entries that one transaction reads.
const perScan = 500

// Problem is one thing that is not as it should be.
type Problem struct {
	No  uint64 // of the entry
	Err error
}

// Verify walks the log: numbers without a gap, hashes, dates that do not go
// back, and that every head the device has said is on it. It returns how many
// entries it read and what is wrong. An error means that it could not finish.
func Verify(ctx context.Context, store *journal.Store, said []Head) (read uint64, problems []Problem, err error) {
	v := &verifier{said: map[uint64]change.Hash{}}
	for _, h := range said {
		v.said[h.No] = h.Hash
	}
	for more := true; more; {
		if ctx.Err() != nil {
			return v.last.No, v.problems, fault.Wrap("verify the audit log", ctx.Err())
		}
		before := v.last.No
		if err := store.View(v.scan); err != nil {
			return v.last.No, v.problems, err
		}
		more = v.last.No > before
	}
	for no := range v.said {
		if no > v.last.No {
			v.addProblem(no, "the log ends at entry %d, and this one was there once: its end was cut off", v.last.No)
		}
	}
	return v.last.No, v.problems, nil
}

type verifier struct {
	said     map[uint64]change.Hash
	last     Head
	problems []Problem
}

func (v *verifier) addProblem(no uint64, format string, args ...any) {
	v.problems = append(v.problems, Problem{No: no, Err: fault.New(fault.Damaged, "entry %d of the audit log: "+format, append([]any{no}, args...)...)})
}

func (v *verifier) scan(tx *journal.Tx) error {
	n := 0
	table := tx.Table(logTable)
	return table.Ascend(numberKey(v.last.No+1), nil, func(key, stored []byte) error {
		if n++; n > perScan {
			return journal.ErrStop
		}
		e, hash, err := readEntry(key, stored)
		if err != nil {
			v.addProblem(v.last.No+1, "cannot be read")
			v.last = Head{No: v.last.No + 1, Hash: hash, At: v.last.At}
			return nil //nolint:nilerr // what cannot be read is the finding
		}
		v.checkEntry(e, hash, bytes.Clone(stored[len(hash):]))
		return nil
	})
}

func (v *verifier) checkEntry(e Entry, hash change.Hash, raw []byte) {
	switch said, ok := v.said[e.No]; {
	case e.No != v.last.No+1:
		v.addProblem(e.No, "the one before it is missing, the last is %d", v.last.No)
	case chainHash(v.last.Hash, raw) != hash:
		v.addProblem(e.No, "it or the one before it is not what was written")
	case ok && said != hash:
		v.addProblem(e.No, "the device has said another hash of it: the log was rewritten")
	case e.At < v.last.At-Tolerance.Milliseconds():
		v.addProblem(e.No, "it is dated %v before the one before it: the clock was set back", time.Duration(v.last.At-e.At)*time.Millisecond)
	}
	v.last = Head{No: e.No, Hash: hash, At: e.At}
}

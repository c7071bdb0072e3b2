package audit

import (
	"context"
	"errors"
	"io"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Tolerance is how far an entry may be dated before the one before it: clocks
// are set by a few minutes, and whoever sets one back further wants to be seen
// at another time.
const Tolerance = 5 * time.Minute

// Problem is one thing that is not as it should be.
type Problem struct {
	No  uint64 // of the entry
	Err error
}

// Verify walks the log: numbers without a gap, hashes, dates that do not go
// back, and that every head the device has said is on it, and the one the journal knew
// when the log was opened. It returns the number of the last entry that it read and
// what is wrong. An error means that it could not finish.
func (l *Log) Verify(ctx context.Context, said []Head) (read uint64, problems []Problem, err error) {
	v := &verifier{said: map[uint64]change.Hash{}}
	if l.known.No > 0 {
		v.said[l.known.No] = l.known.Hash
	}
	for _, h := range said {
		v.said[h.No] = h.Hash
	}
	if file, size := l.readable(); file != nil {
		h := make([]byte, headerSize)
		if _, err := file.ReadAt(h, 0); err != nil {
			return 0, nil, fault.Wrap("verify the audit log", err)
		}
		if err := checkHeader(h); err != nil {
			v.problems = append(v.problems, Problem{Err: err})
		}
		if err := v.walk(ctx, newWalker(file, l.aead, int64(headerSize), size)); err != nil {
			return v.last.No, v.problems, fault.Wrap("verify the audit log", err)
		}
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
	hole     bool // something behind the last cannot be read; it is reported
	problems []Problem
}

func (v *verifier) addProblem(no uint64, format string, args ...any) {
	v.problems = append(v.problems, Problem{No: no, Err: fault.New(fault.Damaged, "entry %d of the audit log: "+format, append([]any{no}, args...)...)})
}

func (v *verifier) walk(ctx context.Context, w *walker) error {
	for {
		r, err := w.next()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, io.EOF):
			return nil
		case isDamage(err):
			v.reportHole(r)
			if more, err := passDamage(w, err); err != nil || !more {
				return err
			}
		case err != nil:
			return err
		case r.kind == baseRecord:
			v.checkBase(&r)
		default:
			v.checkEntry(&r)
		}
	}
}

// reportHole takes a record that cannot be read.
func (v *verifier) reportHole(r record) {
	if !v.hole {
		v.addProblem(v.last.No+1, "cannot be read")
	}
	v.hole = true
	if r.no == v.last.No+1 {
		v.last = Head{No: r.no, At: v.last.At}
	}
}

// checkBase takes the record behind which a log goes on that was lost, cut off or
// damaged.
func (v *verifier) checkBase(r *record) {
	h, err := r.head()
	switch {
	case err != nil:
		v.addProblem(r.no, "where the log goes on cannot be read")
	case r.no > v.last.No:
		v.addProblem(r.no, "entries %d to %d are missing: the log had lost them when it was opened", v.last.No+1, r.no)
	case !v.hole:
		v.addProblem(r.no, "the log goes on behind it, and has later ones")
	}
	v.last, v.hole = Head{No: r.no, Hash: h.Hash, At: max(h.At, v.last.At)}, false
}

func (v *verifier) checkEntry(r *record) {
	e, err := r.entry()
	if err != nil {
		v.addProblem(v.last.No+1, "cannot be read")
		v.last, v.hole = Head{No: v.last.No + 1, Hash: r.hash(), At: v.last.At}, false
		return
	}
	hash := r.hash()
	switch said, ok := v.said[e.No]; {
	case v.hole && e.No > v.last.No: // what is before it is reported, and its hash unknown
	case e.No != v.last.No+1:
		v.addProblem(e.No, "the one before it is missing, the last is %d", v.last.No)
	case chainHash(v.last.Hash, r.content[hashSize:]) != hash:
		v.addProblem(e.No, "it or the one before it is not what was written")
	case ok && said != hash:
		v.addProblem(e.No, "the device has said another hash of it: the log was rewritten")
	case e.At < v.last.At-Tolerance.Milliseconds():
		v.addProblem(e.No, "it is dated %v before the one before it: the clock was set back", time.Duration(v.last.At-e.At)*time.Millisecond)
	}
	v.last, v.hole = Head{No: e.No, Hash: hash, At: e.At}, false
}

// Package answers keeps the last answer to each question that was passed up, for the time
// when the line is down. Persons of others are never kept for that: of kinds that are
// about persons nothing is.
package answers

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"slices"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/question"
	"tongbu/internal/schema"
)

// Bounds of what is kept.
const (
	maxAnswers = 64
	maxBytes   = 256 << 10 // of one
)

const table = "node.answers"

// Journal is where they are kept, encrypted as everything there.
type Journal interface {
	View(fn func(*journal.Tx) error) error
	Update(ctx context.Context, fn func(*journal.Tx) error) error
}

// Kept are the last answers of a directory.
type Kept struct {
	Journal Journal
	Kind    func(name string) (*schema.Kind, bool)
}

// Ask asks, and keeps the answer. While the line is down it returns the last answer to
// the question, marked as such, or what asking returns where there is none.
func (k Kept) Ask(ctx context.Context, q question.Question, ask func(context.Context, question.Question) (*question.Answer, error)) (*question.Answer, error) {
	a, err := ask(ctx, q)
	if !k.keeps(q) {
		return a, err
	}
	if err == nil {
		return a, k.keep(ctx, q, a)
	}
	if fault.Of(err) != fault.Unavailable {
		return nil, err
	}
	last, readErr := k.last(q)
	if readErr != nil || last == nil {
		return nil, err
	}
	return last, nil
}

// keeps reports whether answers to a question are kept.
func (k Kept) keeps(q question.Question) bool {
	kind, known := k.Kind(q.Kind)
	return known && !kind.Personal || question.IsComputed(q.Kind)
}

// keyOf names a question. What is said for the audit log changes no answer.
func keyOf(q question.Question) ([]byte, error) {
	q.Device, q.Operator, q.Purpose = "", "", ""
	raw, err := json.Marshal(q)
	if err != nil {
		return nil, fault.As(fault.Internal, "name a question", err)
	}
	sum := sha256.Sum256(raw)
	return sum[:16], nil
}

// keep writes an answer behind its number, so that the oldest can be told.
func (k Kept) keep(ctx context.Context, q question.Question, a *question.Answer) error {
	key, err := keyOf(q)
	if err != nil {
		return err
	}
	raw, err := a.MarshalJSON()
	if err != nil || len(raw) > maxBytes {
		return err
	}
	err = k.Journal.Update(ctx, func(tx *journal.Tx) error {
		t := tx.Table(table)
		oldest, count, newest, err := survey(t)
		if err != nil {
			return err
		}
		if had, err := t.Get(key); err != nil || had == nil && count >= maxAnswers && t.Delete(oldest) != nil {
			return err
		}
		return t.Put(key, append(binary.BigEndian.AppendUint64(nil, newest+1), raw...))
	})
	if fault.Of(err) == fault.Full { // the answer is there all the same
		return nil
	}
	return fault.Wrap("keep an answer", err)
}

// survey finds the oldest of the answers, how many there are, and the newest's number.
func survey(t *journal.Table) (oldest []byte, count int, newest uint64, err error) {
	first := ^uint64(0)
	err = t.Ascend(nil, nil, func(key, value []byte) error {
		count++
		if len(value) < 8 {
			return nil
		}
		no := binary.BigEndian.Uint64(value)
		if newest = max(newest, no); no < first {
			first, oldest = no, slices.Clone(key)
		}
		return nil
	})
	return oldest, count, newest, err
}

// last is the last answer to a question; nil: there is none.
func (k Kept) last(q question.Question) (a *question.Answer, err error) {
	key, err := keyOf(q)
	if err != nil {
		return nil, err
	}
	err = k.Journal.View(func(tx *journal.Tx) error {
		raw, err := tx.Table(table).Get(key)
		if err != nil || len(raw) < 8 {
			return err
		}
		if a, err = question.ParseAnswer(raw[8:]); err == nil {
			a.Kept = true
		}
		return err
	})
	return a, err
}

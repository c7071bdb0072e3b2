package answers

import (
	"context"
	"encoding/binary"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/question"
)

// Bounds of the answers in parts that are kept. A longer one is not.
const (
	maxWholes     = 8
	maxWholeBytes = 4 << 20 // of one
)

// Of an answer in parts, one table has its number and how many parts it has, the other one
// the parts, behind the name of the question.
const (
	wholes = "node.answers.all"
	pieces = "node.answers.parts"
)

// AskAll is Ask for all rows, in parts. An answer that breaks off is not begun again.
func (k Kept) AskAll(ctx context.Context, q question.Question, tell question.Tell, ask func(context.Context, question.Question, question.Tell) error) error {
	if !k.keeps(q) {
		return ask(ctx, q, tell)
	}
	g := gathering{tell: tell}
	err := ask(ctx, q, g.part)
	switch {
	case err == nil && g.whole():
		return k.keepParts(ctx, q, g.parts)
	case fault.Of(err) != fault.Unavailable || g.begun:
		return err
	}
	parts, readErr := k.lastParts(q)
	if readErr != nil || len(parts) == 0 {
		return err
	}
	return retell(ctx, parts, tell)
}

// gathering passes parts on and remembers them, up to the bound.
type gathering struct {
	tell    question.Tell
	columns []question.Column
	begun   bool
	size    int
	parts   [][]byte
}

func (g *gathering) whole() bool { return g.size <= maxWholeBytes }

func (g *gathering) part(ctx context.Context, part question.Part) error {
	g.begun = true
	if part.Columns != nil {
		g.columns = part.Columns
	}
	if g.whole() {
		if err := part.Each(g.columns, g.add); err != nil {
			return err
		}
	}
	return g.tell(ctx, part)
}

func (g *gathering) add(raw []byte) error {
	if g.size += len(raw); !g.whole() {
		g.parts = nil
		return nil
	}
	g.parts = append(g.parts, raw)
	return nil
}

// keepParts writes an answer in place of the one before, or of the oldest.
func (k Kept) keepParts(ctx context.Context, q question.Question, parts [][]byte) error {
	key, err := keyOf(q)
	if err != nil {
		return err
	}
	err = k.Journal.Update(ctx, func(tx *journal.Tx) error {
		t := tx.Table(wholes)
		oldest, count, newest, err := survey(t)
		if err != nil {
			return err
		}
		had, err := t.Get(key)
		switch {
		case err != nil:
			return err
		case had != nil:
			err = dropParts(tx, key)
		case count >= maxWholes:
			err = dropParts(tx, oldest)
		}
		for i := 0; i < len(parts) && err == nil; i++ {
			err = tx.Table(pieces).Put(pieceKey(key, i), parts[i])
		}
		if err != nil {
			return err
		}
		value := binary.BigEndian.AppendUint64(nil, newest+1)
		return t.Put(key, binary.BigEndian.AppendUint32(value, uint32(len(parts))))
	})
	if fault.Of(err) == fault.Full { // the answer was told all the same
		return nil
	}
	return fault.Wrap("keep an answer", err)
}

// dropParts deletes an answer.
func dropParts(tx *journal.Tx, key []byte) error {
	n, err := partsOf(tx, key)
	for i := 0; i < n && err == nil; i++ {
		err = tx.Table(pieces).Delete(pieceKey(key, i))
	}
	if err != nil {
		return err
	}
	return tx.Table(wholes).Delete(key)
}

// partsOf is how many parts an answer has; 0: there is none.
func partsOf(tx *journal.Tx, key []byte) (int, error) {
	raw, err := tx.Table(wholes).Get(key)
	if err != nil || len(raw) < 12 {
		return 0, err
	}
	return int(min(binary.BigEndian.Uint32(raw[8:]), maxWholeBytes)), nil
}

func pieceKey(key []byte, i int) []byte {
	return binary.BigEndian.AppendUint32(append([]byte(nil), key...), uint32(i))
}

// lastParts are those of the last answer to a question; none: there is none.
func (k Kept) lastParts(q question.Question) (parts [][]byte, err error) {
	key, err := keyOf(q)
	if err != nil {
		return nil, err
	}
	err = k.Journal.View(func(tx *journal.Tx) error {
		n, err := partsOf(tx, key)
		for i := 0; i < n && err == nil; i++ {
			var raw []byte
			if raw, err = tx.Table(pieces).Get(pieceKey(key, i)); raw != nil {
				parts = append(parts, raw)
			}
		}
		return err
	})
	return parts, err
}

// retell tells an answer of before, marked as such.
func retell(ctx context.Context, parts [][]byte, tell question.Tell) error {
	var reader question.PartReader
	for _, raw := range parts {
		part, err := reader.Read(raw)
		if err != nil {
			return err
		}
		if part.End != nil {
			part.End.Kept, part.AsReceived = true, nil
		}
		if err := tell(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

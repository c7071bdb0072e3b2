// Package sqlite keeps the tables of a hub's merged view in one SQLite file
// (pure Go, no server), the default engine. It and the package sealed below it
// are the only importers of modernc.org/sqlite.
//
// The file is worth nothing that the journal does not have: a file that is
// missing, damaged, of another schema, key or journal is thrown away and the
// view starts at watermark 0. That is why it may run without an fsync per
// transaction: after a power cut rows and watermark fall back together.
package sqlite

import (
	"context"
	"strconv"

	"tongbu/hub/view"
	"tongbu/hub/view/sqlite/sealed"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// Open opens or makes the view in the file at path. A file that cannot be
// used is made again: Applied is then 0. It returns Denied, Full or Unavailable
// when the file cannot be made, Invalid without a key.
func Open(ctx context.Context, path string, s *schema.Schema, opts view.Options) (*view.Merged, error) {
	t, err := New(path, s, opts.Key)
	if err != nil {
		return nil, err
	}
	return view.Open(ctx, t, s, opts)
}

// Tables are the tables of a view in a file.
type Tables struct {
	path   string
	schema *schema.Schema
	cipher *sealed.Cipher
	kinds  map[string]*kindTexts // of the schema
	file   *file                 // nil before Open, after Close, and when a Make failed
}

var _ view.Tables = (*Tables)(nil)

// New returns tables that are not open yet. It returns Invalid without a key.
func New(path string, s *schema.Schema, key [32]byte) (*Tables, error) {
	c, err := sealed.NewCipher(key)
	if err != nil {
		return nil, err
	}
	t := &Tables{path: path, cipher: c}
	t.Use(s)
	return t, nil
}

// Use implements view.Tables.
func (t *Tables) Use(s *schema.Schema) {
	t.schema, t.kinds = s, map[string]*kindTexts{}
	for _, k := range s.Kinds() {
		t.kinds[k.Name] = newKindTexts(k)
	}
}

// Open implements view.Tables.
func (t *Tables) Open(ctx context.Context, identity string) (err error) {
	if t.file, err = openFile(t.path, t.cipher); err != nil {
		return err
	}
	have, err := t.file.identity()
	if err != nil || have == formed(identity) {
		return err
	}
	return t.Make(ctx, identity, t.schema)
}

// formed is the identity of a file of this layout.
func formed(identity string) string { return strconv.Itoa(format) + "/" + identity }

// Make implements view.Tables.
func (t *Tables) Make(ctx context.Context, identity string, of *schema.Schema) (err error) {
	t.Close()
	t.Use(of)
	if err := removeFile(t.path); err != nil {
		return err
	}
	failpoint.Reach("view.remake.removed")
	if t.file, err = openFile(t.path, t.cipher); err != nil {
		return err
	}
	return t.file.transact(ctx, func(w *writer) error {
		for _, statement := range layoutOf(t.schema) {
			if err := w.exec(statement); err != nil {
				return err
			}
		}
		return w.setIdentity(formed(identity))
	})
}

// Grow implements view.Tables. SQLite reads a strict table from end to end before it
// adds a column to it.
func (t *Tables) Grow(ctx context.Context, of *schema.Schema) error {
	return t.transact(ctx, func(w *writer) error {
		for _, statement := range growth(t.schema, of) {
			if err := w.exec(statement); err != nil {
				return err
			}
		}
		if err := w.exec(setMeta, metaSettled, false); err != nil {
			return err
		}
		return w.exec(setMeta, metaIdentity, "")
	})
}

// Close implements view.Tables.
func (t *Tables) Close() {
	if t.file != nil {
		t.file.close()
	}
	t.file = nil
}

// transact runs fn in a write transaction.
func (t *Tables) transact(ctx context.Context, fn func(*writer) error) error {
	if t.file == nil {
		return errClosed()
	}
	return t.file.transact(ctx, fn)
}

// ask runs a question and calls fn for every row.
func (t *Tables) ask(ctx context.Context, text string, args []any, fn func(*statement) error) error {
	if t.file == nil {
		return errClosed()
	}
	return t.file.reading.ask(ctx, t.file.reading.slots, text, args, fn)
}

// askLong is ask for what may go on for minutes.
func (t *Tables) askLong(ctx context.Context, text string, args []any, fn func(*statement) error) error {
	if t.file == nil {
		return errClosed()
	}
	return t.file.reading.ask(ctx, t.file.reading.long, text, args, fn)
}

func errClosed() error {
	return fault.New(fault.Unavailable, "the view is closed").WithHint("try again in a moment")
}

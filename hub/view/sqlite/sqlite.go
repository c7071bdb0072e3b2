// Package sqlite keeps a hub's merged view in one SQLite file (pure Go, no
// server), the default engine. It is the only importer of modernc.org/sqlite.
//
// The file is worth nothing that the journal does not have: a file that is
// missing, damaged, of another schema, key or journal is thrown away and the
// view starts at watermark 0. That is why it may run without an fsync per
// transaction: after a power cut rows and watermark fall back together.
package sqlite

import (
	"context"
	"sync"

	"tongbu/hub/view"
	"tongbu/hub/view/sqlite/sealed"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// View is the view in a file.
type View struct {
	path   string
	schema *schema.Schema
	opts   view.Options
	cipher *sealed.Cipher
	savers map[string]*saver // by kind; never changes

	write sync.Mutex   // held by whoever changes the file
	mu    sync.RWMutex // guards the fields below; a question holds it for reading
	file  *file        // nil after Close, and when a Reset failed
	tree  *tree.Tree   // of which the columns of the tiers are
}

var _ view.View = (*View)(nil)

// Open opens or makes the view in the file at path. A file that cannot be
// used is made anew: Applied is then 0. It returns Denied, Full or Unavailable
// when the file cannot be made, Invalid without a key.
func Open(ctx context.Context, path string, s *schema.Schema, opts view.Options) (*View, error) {
	c, err := sealed.NewCipher(opts.Key)
	if err != nil {
		return nil, err
	}
	v := &View{path: path, schema: s, opts: opts, cipher: c, savers: map[string]*saver{}, tree: opts.Tree}
	for _, k := range s.Kinds() {
		v.savers[k.Name] = newSaver(k)
	}
	err = v.open(ctx)
	if fault.Of(err) == fault.Damaged {
		err = v.remake(ctx)
	}
	if err != nil {
		v.shut()
		return nil, fault.Wrap("open the view", err)
	}
	return v, nil
}

// open opens the file and brings it to the schema, the journal and the tree
// of the options.
func (v *View) open(ctx context.Context) (err error) {
	if v.file, err = openFile(v.path, v.cipher); err != nil {
		return err
	}
	want := v.identity()
	have, err := v.file.identity()
	if err != nil {
		return err
	}
	if have != want {
		return v.remake(ctx)
	}
	return v.retreeIfOther(ctx)
}

// remake throws the file away and makes a new one.
func (v *View) remake(ctx context.Context) (err error) {
	v.shut()
	if err := removeFile(v.path); err != nil {
		return err
	}
	failpoint.Reach("view.remake.removed")
	if v.file, err = openFile(v.path, v.cipher); err != nil {
		return err
	}
	return v.file.transact(ctx, func(w *writer) error {
		for _, statement := range tables(v.schema) {
			if err := w.exec(statement); err != nil {
				return err
			}
		}
		return w.setIdentity(v.identity(), treeSum(v.tree))
	})
}

// shut closes the file if there is one. What is not written is in the journal.
func (v *View) shut() {
	if v.file != nil {
		v.file.close()
	}
	v.file = nil
}

// Reset implements view.Keeper.
func (v *View) Reset(ctx context.Context) error {
	v.write.Lock()
	defer v.write.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	return fault.Wrap("reset the view", v.remake(ctx))
}

// Close implements view.View. It waits for the questions that are running.
func (v *View) Close() error {
	v.write.Lock()
	defer v.write.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.shut()
	return nil
}

// update runs fn in the one write transaction.
func (v *View) update(ctx context.Context, fn func(*writer) error) error {
	v.write.Lock()
	defer v.write.Unlock()
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.file == nil {
		return errClosed()
	}
	return v.file.transact(ctx, fn)
}

func errClosed() error {
	return fault.New(fault.Unavailable, "the view is closed").WithHint("try again in a moment")
}

package records

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/index"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// keyed marks in the shape a field whose values are listed under keys.
const keyed = "~"

// indexForm is raised when keys of values or blocks take another form.
const indexForm = "2"

// indexing is which indexes are kept; it never changes.
type indexing struct {
	fields map[string][]string // by kind, in order: the shape says which number each has
	keyed  map[fieldName]*schema.Field
	shape  string // "": none are kept
}

// Indexed makes the store keep an index for every field that the schema marks
// so, of the kinds it keeps. Lists use them once BuildIndex has come to its
// end. It returns the store. Where others are at work already, Reindex does it.
func (s *Records) Indexed(sch *schema.Schema) *Records {
	s.indexed.Store(s.indexingOf(sch))
	return s
}

// Reindex is Indexed for a store that is in use: within a transaction that writes,
// besides which no other one does. Where the indexes are others, BuildIndex has to make
// them. A transaction that is not committed leaves the indexes of before for stale, so
// it is to be called again.
func (s *Records) Reindex(tx *journal.Tx, sch *schema.Schema) error {
	s.Indexed(sch)
	begun, err := s.IndexBegun(tx)
	if err != nil || begun {
		return err
	}
	return s.StartIndex(tx)
}

// IsIndexed reports whether the store keeps the indexes of a schema.
func (s *Records) IsIndexed(sch *schema.Schema) bool {
	return s.indexingOf(sch).shape == s.indexed.Load().shape
}

func (s *Records) indexingOf(sch *schema.Schema) *indexing {
	x := &indexing{fields: map[string][]string{}, keyed: map[fieldName]*schema.Field{}}
	var names []string
	for _, k := range sch.Kinds() {
		for _, f := range k.Fields {
			if f.Index && s.keep(k.Name) {
				x.fields[k.Name] = append(x.fields[k.Name], f.Name)
				name := k.Name + "." + f.Name
				if f.KeyName() != f.Name {
					x.keyed[fieldName{k.Name, f.Name}] = f
					name += keyed
				}
				names = append(names, name)
			}
		}
	}
	for _, fields := range x.fields {
		slices.Sort(fields)
	}
	slices.Sort(names)
	sum := sha256.Sum256([]byte(indexForm + " " + strings.Join(names, " ")))
	x.shape = hex.EncodeToString(sum[:8])
	return x
}

// fieldName names a field of a kind.
type fieldName struct{ kind, field string }

// listedValue is the value under which a record is listed by a field.
func (x *indexing) listedValue(r *merge.Record, field string) change.Value {
	value := madeValue(r, field)
	if f := x.keyed[fieldName{r.Kind(), field}]; f != nil && !value.IsNull() {
		if text := value.Text(); f.Key(text) != text {
			return change.Text(f.Key(text))
		}
	}
	return value
}

// Shape names what the indexes hold; it is another one when the schema marks
// other fields.
func (s *Records) Shape() string { return s.indexed.Load().shape }

// indexMark is what the file says of its indexes. Each build has a number of
// its own, and its blocks names of their own: what another shape has left
// never mixes with them.
type indexMark struct {
	build uint32
	done  bool
	after []byte // key of the last state that is listed, until done
	shape string
	of    *indexing // of the shape, as indexMark returns it
}

// markKey is the mark's, shorter than any block's.
var markKey = []byte{0}

func readMark(tx *journal.Tx) (m indexMark, found bool, err error) {
	raw, err := tx.Table(indexTable).Get(markKey)
	if err != nil || raw == nil {
		return m, false, err
	}
	if len(raw) < 6 || len(raw) < 6+int(raw[5]) {
		return m, false, fault.New(fault.Damaged, "the mark of the indexes is not in form")
	}
	shape := raw[6:][:raw[5]]
	return indexMark{build: binary.BigEndian.Uint32(raw), done: raw[4] == 1, shape: string(shape), after: raw[6+len(shape):]}, true, nil
}

func (m indexMark) write(tx *journal.Tx) error {
	raw := binary.BigEndian.AppendUint32(nil, m.build)
	if m.done {
		raw = append(raw, 1)
	} else {
		raw = append(raw, 0)
	}
	raw = append(append(raw, byte(len(m.shape))), m.shape...)
	return tx.Table(indexTable).Put(markKey, append(raw, m.after...))
}

// indexMark returns the mark when the indexes are of the store's shape.
func (s *Records) indexMark(tx *journal.Tx) (m indexMark, ok bool, err error) {
	of := s.indexed.Load()
	if of.shape == "" {
		return m, false, nil
	}
	m, ok, err = readMark(tx)
	m.of = of
	return m, ok && m.shape == of.shape, err
}

// prefix begins the names of a build's blocks. Those of earlier builds come
// before them.
func (m indexMark) prefix() []byte { return binary.BigEndian.AppendUint32(nil, m.build) }

// tree is the index of a field without its recent lines.
func (m indexMark) tree(tx *journal.Tx, kind, field string) *index.Tree {
	return index.New(tx.Table(indexTable), append(append(m.prefix(), stateKey(kind, change.RecordID(field))...), 0))
}

// IndexReady reports whether lists use the indexes.
func (s *Records) IndexReady(tx *journal.Tx) (bool, error) {
	m, ok, err := s.indexMark(tx)
	return ok && m.done, err
}

// IndexBegun reports whether the file's indexes are of the store's shape, ready
// or not.
func (s *Records) IndexBegun(tx *journal.Tx) (bool, error) {
	_, ok, err := s.indexMark(tx)
	return ok, err
}

// StartIndex makes BuildIndex begin from nothing: the indexes are of another
// shape, or a program that did not keep them has had the file.
func (s *Records) StartIndex(tx *journal.Tx) error {
	m, _, err := readMark(tx)
	if err != nil {
		return err
	}
	if err := s.forgetRecent(tx); err != nil {
		return err
	}
	return indexMark{build: m.build + 1, shape: s.Shape()}.write(tx)
}

// What one step of BuildIndex does.
const (
	statesAtOnce = 500
	blocksAtOnce = 1000
)

// BuildIndex does a bounded part of what StartIndex began, and reports whether
// nothing is left; without StartIndex nothing is. A crash between two parts
// loses none. Records may change meanwhile, through a store of the same shape.
func (s *Records) BuildIndex(tx *journal.Tx) (done bool, err error) {
	m, ok, err := s.indexMark(tx)
	if err != nil || !ok || m.done {
		return true, err
	}
	if left, err := s.sweep(tx, m); left || err != nil {
		return false, err
	}
	lines, n := indexLines{}, 0
	var from []byte
	if len(m.after) > 0 {
		from = append(slices.Clone(m.after), 0)
	}
	m.done = true
	err = tx.Table(stateTable).Ascend(from, nil, func(key, raw []byte) error {
		if n++; n > statesAtOnce {
			m.done = false
			return journal.ErrStop
		}
		m.after = key
		return m.of.addState(lines, raw)
	})
	if err == nil {
		err = s.apply(tx, m, lines)
	}
	if err != nil {
		return false, err
	}
	if m.done {
		m.after = nil
	}
	return m.done, m.write(tx)
}

// addState adds the lines of a stored state.
func (x *indexing) addState(lines indexLines, raw []byte) error {
	r, err := merge.Decode(raw)
	if err != nil {
		return err
	}
	for i, field := range x.fields[r.Kind()] {
		for _, key := range index.Keys(x.listedValue(r, field)) {
			lines.add(r.Kind(), byte(i), index.Line{Key: key, ID: []byte(r.ID())})
		}
	}
	return nil
}

// sweep removes blocks of earlier builds and reports whether some may be left.
func (s *Records) sweep(tx *journal.Tx, m indexMark) (left bool, err error) {
	table, n := tx.Table(indexTable), 0
	err = table.Ascend(nil, nil, func(key, _ []byte) error {
		switch n++; {
		case bytes.Equal(key, markKey):
			return nil
		case bytes.HasPrefix(key, m.prefix()):
			return journal.ErrStop
		case n > blocksAtOnce:
			left = true
			return journal.ErrStop
		}
		return table.Delete(key)
	})
	return left, err
}

package index_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/index"
	"tongbu/internal/journal"
)

func open(t interface {
	testing.TB
}) *journal.Store {
	t.Helper()
	dir, err := os.MkdirTemp("", "index")
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(filepath.Join(dir, "journal.db"), journal.Options{Key: [32]byte{1}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = j.Close()
		_ = os.RemoveAll(dir)
	})
	return j
}

// line is an entry as a test writes it.
type line struct {
	key string
	id  change.RecordID
}

func (l line) compare(o line) int {
	if c := strings.Compare(l.key, o.key); c != 0 {
		return c
	}
	return strings.Compare(string(l.id), string(o.id))
}

// model is a tree beside what it should hold.
type model struct {
	table *journal.Table
	tree  *index.Tree
	lines []index.Line // not applied yet
	want  []line
	err   error // the first that went wrong
}

// open reads the index as the next transaction does.
func (m *model) open() { m.tree = index.New(m.table, []byte("p")) }

// apply brings the first of the lines into the index.
func (m *model) apply(n int) {
	m.open()
	m.note(m.tree.Apply(m.lines[:n]))
	m.lines = m.lines[n:]
}

// note keeps the first error: a test that fails within a transaction would
// end the journal.
func (m *model) note(err error) {
	if m.err == nil {
		m.err = err
	}
}

func (m *model) add(l line) {
	if at, found := slices.BinarySearchFunc(m.want, l, line.compare); !found {
		m.want = slices.Insert(m.want, at, l)
	}
	m.lines = append(m.lines, index.Line{Key: []byte(l.key), ID: []byte(l.id)})
}

func (m *model) remove(l line) {
	if at, found := slices.BinarySearchFunc(m.want, l, line.compare); found {
		m.want = slices.Delete(m.want, at, at+1)
	}
	m.lines = append(m.lines, index.Line{Key: []byte(l.key), ID: []byte(l.id), Gone: true})
}

func (m *model) span(s index.Span, from change.RecordID) {
	within := 0
	var got, want []line
	m.note(m.tree.Ascend(s, from, func(key, id []byte) error {
		got = append(got, line{string(key), change.RecordID(id)})
		return nil
	}))
	for _, l := range m.want {
		if !s.Has([]byte(l.key)) {
			continue
		}
		if within++; l.compare(line{string(s.Low), from}) >= 0 {
			want = append(want, l)
		}
	}
	if !slices.Equal(got, want) {
		m.note(fmt.Errorf("span %q from %s: got %d entries, want %d", s, from, len(got), len(want)))
	}
	n, err := m.tree.Blocks(s)
	m.note(err)
	if n < 1 || n > 2+within+len(m.lines) {
		m.note(fmt.Errorf("span %q of %d entries: %d blocks", s, within, n))
	}
}

func (m *model) before(key string) {
	var want []byte
	for _, l := range m.want {
		if l.key < key {
			want = []byte(l.key)
		}
	}
	got, err := m.tree.Before([]byte(key))
	m.note(err)
	if !bytes.Equal(got, want) {
		m.note(fmt.Errorf("before %q: got %q, want %q", key, got, want))
	}
}

// move is a step of a test: what is done to n entries, then what is asked.
type move struct {
	Do, N, First int
	Key, Other   string
	Applied      int // how many fourths of the lines
}

func drawMove(t *rapid.T) move {
	return move{Do: rapid.IntRange(0, 4).Draw(t, "do"), N: rapid.IntRange(1, 500).Draw(t, "n"),
		First: rapid.IntRange(0, 500).Draw(t, "first"), Key: drawKey(t), Other: drawKey(t),
		Applied: rapid.IntRange(0, 4).Draw(t, "applied")}
}

// drawKey makes short keys and long ones, many alike.
func drawKey(t *rapid.T) string {
	s := fmt.Sprintf("%02d", rapid.IntRange(0, 40).Draw(t, "key"))
	if rapid.IntRange(0, 5).Draw(t, "long") == 0 {
		s = strings.Repeat(s, index.MaxKey/2)
	}
	return s
}

func numbered(i int) change.RecordID {
	return change.RecordID(fmt.Sprintf("0190f6a2-0000-7000-8000-%012d", i))
}

// do changes many entries at once: a tree with branches of branches is what
// is of interest.
func (m *model) do(v move) {
	for i := range v.N {
		far := v.First * (i + 1) % 997
		switch {
		case v.Do <= 1:
			m.add(line{v.Key, numbered(v.First + i)})
		case v.Do == 2:
			m.add(line{fmt.Sprintf("%02d", far%41), numbered(far)})
		case len(m.want) == 0:
		case v.Do == 3:
			m.remove(m.want[far%len(m.want)])
		default: // a stretch
			m.remove(m.want[v.First%len(m.want)])
		}
	}
	m.remove(line{v.Key, numbered(v.First)})
}

func (m *model) ask(v move) {
	m.span(index.Span{High: []byte{0xff}}, "")
	m.span(index.Span{Low: []byte(min(v.Key, v.Other)), High: []byte(max(v.Key, v.Other))}, "")
	m.span(index.Span{Low: []byte(v.Key), High: []byte(v.Key)}, numbered(v.First+v.N/2))
	m.before(v.Other)
	m.before("z")
}

var errUndo = errors.New("undo")

func TestTree(t *testing.T) {
	j := open(t)
	rapid.Check(t, func(r *rapid.T) {
		moves := rapid.SliceOfN(rapid.Custom(drawMove), 1, 20).Draw(r, "moves")
		err := j.Update(t.Context(), func(tx *journal.Tx) error {
			m := &model{table: tx.Table("an.index")}
			for _, v := range moves {
				m.do(v)
				m.apply(len(m.lines) * v.Applied / 4)
				m.open()
				m.tree.With(m.lines)
				m.ask(v)
			}
			for _, l := range slices.Clone(m.want) {
				m.remove(l)
			}
			m.apply(len(m.lines))
			key, _, err := m.table.Last()
			if m.note(err); key != nil {
				m.note(fmt.Errorf("an empty index has the block %x", key))
			}
			return cmp.Or(m.err, errUndo)
		})
		if !errors.Is(err, errUndo) {
			r.Fatal(err)
		}
	})
}

// TestManyBlocks: ids that ascend under few keys fill their blocks, and a
// large index has branches of branches.
func TestManyBlocks(t *testing.T) {
	j, n := open(t), 20_000
	err := j.Update(t.Context(), func(tx *journal.Tx) error {
		lines := make([]index.Line, n)
		for i := range lines {
			lines[i] = index.Line{Key: index.Key("status"), ID: []byte(numbered(i))}
		}
		for part := range slices.Chunk(lines, 170) {
			if err := index.New(tx.Table("an.index"), nil).Apply(part); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = j.View(func(tx *journal.Tx) error {
		blocks, size := 0, 0
		err := tx.Table("an.index").Ascend(nil, nil, func(_, raw []byte) error {
			blocks, size = blocks+1, size+len(raw)
			return nil
		})
		if size > 50*n || blocks < 200 {
			t.Errorf("%d entries: %d blocks, %d bytes", n, blocks, size)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestKeysSortAsValues(t *testing.T) {
	sorted := []any{nil, false, true, int64(-1 << 63), int64(-2), int64(-1), int64(0), int64(1), int64(1<<63 - 1), "1", "10", "9", "王", "王\xff"}
	for i, v := range sorted {
		if i > 0 && bytes.Compare(index.Key(sorted[i-1]), index.Key(v)) >= 0 {
			t.Errorf("%v does not come after %v", v, sorted[i-1])
		}
	}
	for _, c := range []struct {
		value change.Value
		want  [][]byte
	}{
		{change.Null, [][]byte{index.Key(nil)}},
		{change.Text(""), [][]byte{index.Key(nil)}},
		{change.Int(-5), [][]byte{index.Key(int64(-5))}},
		{change.Set([]string{"b", "a"}), [][]byte{index.Key("a"), index.Key("b")}},
	} {
		if diff := gocmp.Diff(c.want, index.Keys(c.value)); diff != "" {
			t.Error(diff)
		}
	}
	long := strings.Repeat("王", 200)
	if got := index.Keys(change.Set([]string{long, long + "x"})); len(got) != 1 || len(got[0]) != index.MaxKey {
		t.Errorf("cut keys: got %d", len(got))
	}
	if got := index.Keys(change.Set(nil)); len(got) != 1 || !index.Between(nil, nil).Has(got[0]) || index.Between("", "x").Has(got[0]) {
		t.Errorf("the set without items is filled and has no text: %x", got)
	}
}

func TestSpans(t *testing.T) {
	if index.Between(nil, "m").Has(index.Key(int64(1))) || index.Between("m", nil).Has(index.Key(nil)) {
		t.Error("a span of texts has other values")
	}
	a := []index.Span{index.Between("c", "f"), index.Between("a", "d"), index.Between("x", "w")}
	want := []index.Span{index.Between("a", "f")}
	if diff := gocmp.Diff(want, index.Union(a)); diff != "" {
		t.Error(diff)
	}
	want = []index.Span{index.Between("e", "f")}
	if diff := gocmp.Diff(want, index.Intersect(index.Union(a), []index.Span{index.Between("e", nil)})); diff != "" {
		t.Error(diff)
	}
}

package journal

import (
	"bytes"
	"encoding/binary"
	"hash/fnv"
	"io"
	"maps"
	"slices"

	"tongbu/internal/fault"
)

// The layout of bbolt's file, version 2, as far as it must be known to judge
// it from outside. bbolt writes numbers as the machine does; all machines
// this is built for are little-endian.
const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2

	pageHeader = 16 // id u64, flags u16, count u16, overflow u32
	metaEnd    = 56 // checksummed part of a meta page
	noFreelist = ^uint64(0)
	bucketHead = 16 // root page u64, sequence u64
	element    = 16 // of a branch or leaf page

	flagBranch = 1
	flagLeaf   = 2
	flagBucket = 1 // of a leaf element

	firstTx  = 1  // of the pages with which bbolt begins a file, before anybody writes
	maxDepth = 40 // no tree of less than 2^40 pages is deeper
)

// meta is what a meta page says.
type meta struct {
	root, freelist, high, tx uint64
}

// readMeta returns the newest valid meta page. It returns Damaged when there
// is none, Unsupported for pages of another size.
func readMeta(r io.ReaderAt) (meta, error) {
	var best meta
	found := false
	for page := range int64(2) {
		buf := make([]byte, pageHeader+metaEnd+8)
		if _, err := r.ReadAt(buf, page*pageSize); err != nil && err != io.EOF {
			return best, fault.Wrap("read a meta page", err)
		}
		body := buf[pageHeader:]
		if !validMeta(body) {
			continue
		}
		if size := binary.LittleEndian.Uint32(body[8:]); size != pageSize {
			return best, fault.New(fault.Unsupported, "the file has pages of %d bytes: it is no journal", size)
		}
		m := meta{root: binary.LittleEndian.Uint64(body[16:]), freelist: binary.LittleEndian.Uint64(body[32:]),
			high: binary.LittleEndian.Uint64(body[40:]), tx: binary.LittleEndian.Uint64(body[48:])}
		if !found || m.tx > best.tx {
			best, found = m, true
		}
	}
	if !found {
		return best, fault.New(fault.Damaged, "both meta pages of the journal are damaged")
	}
	return best, nil
}

func validMeta(body []byte) bool {
	sum := fnv.New64a()
	sum.Write(body[:metaEnd])
	return binary.LittleEndian.Uint32(body) == boltMagic && binary.LittleEndian.Uint32(body[4:]) == boltVersion &&
		binary.LittleEndian.Uint64(body[metaEnd:]) == sum.Sum64()
}

// walker goes through all pages in use, each once.
type walker struct {
	r       io.ReaderAt
	high    uint64   // pages from here on are not in use
	seen    []uint64 // a bit for each page
	buckets map[string][]byte
	values  uint64
}

// walkFile judges a file of the given size: its pages first, then what kind
// of file it is, then the values, since a file of another program or key has
// none that fit. It returns how many values there are, and Damaged,
// Unsupported or Denied.
func walkFile(r io.ReaderAt, size int64, key [keySize]byte) (values uint64, err error) {
	m, err := readMeta(r)
	if err != nil {
		return 0, err
	}
	if m.high < 4 || m.high > uint64(size)/pageSize {
		return 0, fault.New(fault.Damaged, "the journal is cut short: %d pages of %d", uint64(size)/pageSize, m.high)
	}
	if m.freelist != noFreelist && m.tx <= firstTx {
		return 0, fault.New(fault.Damaged, "the journal has lost all that was ever written to it")
	}
	if m.freelist != noFreelist {
		return 0, fault.New(fault.Unsupported, "the file keeps a list of free pages: it is no journal")
	}
	w := &walker{r: r, high: m.high, seen: make([]uint64, m.high/64+1), buckets: make(map[string][]byte)}
	w.seen[0] = 3 // the meta pages
	if err := w.walkPage(m.root, span{}, 0, w.keepBucket); err != nil {
		return 0, err
	}
	j := judge{key: key, file: make(map[string][]byte)}
	return w.walkBuckets(&j)
}

// span is where the keys of a page must lie: from low on, below high (nil:
// no bound).
type span struct{ low, high []byte }

// visit is called for each entry of a leaf page.
type visit func(flags uint32, key, value []byte) error

// walkPage goes through a page and those below it.
func (w *walker) walkPage(id uint64, in span, depth int, fn visit) error {
	buf, err := w.readPage(id)
	if err != nil {
		return err
	}
	if depth > maxDepth {
		return fault.New(fault.Damaged, "the tree of pages is too deep")
	}
	if binary.LittleEndian.Uint16(buf[8:]) == flagLeaf {
		return walkLeaf(buf, in, fn)
	}
	return w.walkBranch(buf, in, depth, fn)
}

// readPage reads a page with what it overflows into.
func (w *walker) readPage(id uint64) ([]byte, error) {
	if id < 2 || id >= w.high {
		return nil, fault.New(fault.Damaged, "page %d is out of bounds", id)
	}
	head := make([]byte, pageHeader)
	if _, err := w.r.ReadAt(head, int64(id)*pageSize); err != nil {
		return nil, fault.Wrap("read a page", err)
	}
	flags, pages := binary.LittleEndian.Uint16(head[8:]), uint64(binary.LittleEndian.Uint32(head[12:]))+1
	if binary.LittleEndian.Uint64(head) != id || (flags != flagLeaf && flags != flagBranch) || id+pages > w.high {
		return nil, fault.New(fault.Damaged, "page %d is damaged", id)
	}
	for p := id; p < id+pages; p++ {
		if w.seen[p/64]&(1<<(p%64)) != 0 {
			return nil, fault.New(fault.Damaged, "page %d is used twice", p)
		}
		w.seen[p/64] |= 1 << (p % 64)
	}
	buf := make([]byte, pages*pageSize)
	if _, err := w.r.ReadAt(buf, int64(id)*pageSize); err != nil {
		return nil, fault.Wrap("read a page", err)
	}
	return buf, nil
}

func (w *walker) walkBranch(buf []byte, in span, depth int, fn visit) error {
	count := int(binary.LittleEndian.Uint16(buf[10:]))
	if count == 0 || pageHeader+count*element > len(buf) {
		return fault.New(fault.Damaged, "a branch page is damaged")
	}
	keys := make([][]byte, count)
	for i := range keys {
		at := pageHeader + i*element
		key, err := partOf(buf, at, binary.LittleEndian.Uint32(buf[at:]), binary.LittleEndian.Uint32(buf[at+4:]))
		if err != nil {
			return err
		}
		keys[i] = key
	}
	if err := checkOrder(keys, in); err != nil {
		return err
	}
	for i, key := range keys {
		below := span{low: key, high: in.high}
		if i+1 < count {
			below.high = keys[i+1]
		}
		id := binary.LittleEndian.Uint64(buf[pageHeader+i*element+8:])
		if err := w.walkPage(id, below, depth+1, fn); err != nil {
			return err
		}
	}
	return nil
}

func walkLeaf(buf []byte, in span, fn visit) error {
	count := int(binary.LittleEndian.Uint16(buf[10:]))
	if pageHeader+count*element > len(buf) {
		return fault.New(fault.Damaged, "a leaf page is damaged")
	}
	keys := make([][]byte, count)
	for i := range keys {
		at := pageHeader + i*element
		pos, keySize := binary.LittleEndian.Uint32(buf[at+4:]), binary.LittleEndian.Uint32(buf[at+8:])
		key, err := partOf(buf, at, pos, keySize)
		if err != nil {
			return err
		}
		value, err := partOf(buf, at+len(key), pos, binary.LittleEndian.Uint32(buf[at+12:]))
		if err != nil {
			return err
		}
		keys[i] = key
		if err := fn(binary.LittleEndian.Uint32(buf[at:]), key, value); err != nil {
			return err
		}
	}
	return checkOrder(keys, in)
}

// partOf takes size bytes at an element's own place and offset.
func partOf(buf []byte, at int, offset, size uint32) ([]byte, error) {
	from := uint64(at) + uint64(offset)
	if to := from + uint64(size); to <= uint64(len(buf)) {
		return buf[from:to:to], nil
	}
	return nil, fault.New(fault.Damaged, "an entry leaves its page")
}

func checkOrder(keys [][]byte, in span) error {
	for i, key := range keys {
		low := i > 0 && bytes.Compare(keys[i-1], key) >= 0
		if low || bytes.Compare(key, in.low) < 0 || (in.high != nil && bytes.Compare(key, in.high) >= 0) {
			return fault.New(fault.Damaged, "the keys of a page are out of order")
		}
	}
	return nil
}

// keepBucket keeps a top-level bucket for later.
func (w *walker) keepBucket(flags uint32, name, value []byte) error {
	if flags != flagBucket || len(value) < bucketHead {
		return fault.New(fault.Damaged, "a bucket of the journal is damaged")
	}
	w.buckets[string(name)] = value
	return nil
}

// walkBuckets goes through the buckets, that of the file first.
func (w *walker) walkBuckets(j *judge) (values uint64, err error) {
	if value, ok := w.buckets[bucketFile]; ok {
		err = w.walkBucket(value, j.addIdentity)
	}
	j.chooseCheck(w.buckets)
	for _, name := range slices.Sorted(maps.Keys(w.buckets)) {
		if err == nil && name != bucketFile {
			err = w.walkBucket(w.buckets[name], func(_ uint32, key, stored []byte) error { return j.judgeValue(name, key, stored) })
		}
	}
	if err != nil {
		return 0, err
	}
	return w.values, j.verdict
}

// walkBucket goes into a bucket: a page of its own, or inline.
func (w *walker) walkBucket(value []byte, fn visit) error {
	each := func(flags uint32, key, stored []byte) error {
		if flags != 0 {
			return fault.New(fault.Damaged, "an entry of the journal is of an unknown form")
		}
		w.values++
		return fn(flags, key, stored)
	}
	if root := binary.LittleEndian.Uint64(value); root != 0 {
		return w.walkPage(root, span{}, 0, each)
	}
	inline := value[bucketHead:]
	if len(inline) < pageHeader || binary.LittleEndian.Uint16(inline[8:]) != flagLeaf {
		return fault.New(fault.Damaged, "a bucket of the journal is damaged")
	}
	return walkLeaf(inline, span{}, each)
}

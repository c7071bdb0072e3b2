package carry_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"io"
	"runtime"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
	"tongbu/syncer/carry"
	"tongbu/syncer/streams"
	"tongbu/syncer/streams/streamstest"
	"tongbu/syncer/wire"
)

// TestClear: a file of an older program is read, and said to be in the clear.
func TestClear(t *testing.T) {
	w, clerk, root, own := site(t)
	var file bytes.Buffer
	if err := carry.OutClear(&file, outward(w, clerk, w.Community)); err != nil {
		t.Fatal(err)
	}
	for n := range file.Bytes() {
		altered := bytes.Clone(file.Bytes())
		altered[n] ^= 1
		if _, err := carry.In(t.Context(), bytes.NewReader(altered), inward(w, root)); err == nil || fault.Of(err) == fault.Internal {
			t.Fatalf("altered at %d: got %v", n, err)
		}
	}
	if _, ok := root.Entry(own); ok {
		t.Fatal("something of it was applied")
	}
	s, _ := mustIn(t, inward(w, root), file.Bytes())
	if !s.Clear || s.Changes != 2 {
		t.Errorf("got %+v, want two changes, in the clear", s)
	}
}

// TestResealed: what was signed for one reader cannot be passed off as meant for
// another, not even by one who may read it.
func TestResealed(t *testing.T) {
	w, clerk, root, own := site(t)
	street := w.MustJoin(t, w.Street)
	file := mustOut(t, outward(w, clerk, w.Community, street))
	var resealed bytes.Buffer
	if err := carry.Reseal(&resealed, bytes.NewReader(file), inward(w, street), readers(root)...); err != nil {
		t.Fatal(err)
	}
	_, err := carry.In(t.Context(), bytes.NewReader(resealed.Bytes()), inward(w, root))
	if fault.Of(err) != fault.Denied {
		t.Errorf("got %v, want denied", err)
	}
	if _, ok := root.Entry(own); ok {
		t.Error("it was applied")
	}
	resealed.Reset()
	if err := carry.Reseal(&resealed, bytes.NewReader(file), inward(w, street), readers(street)...); err != nil {
		t.Fatal(err)
	}
	mustIn(t, inward(w, street), resealed.Bytes()) // the same, for whom it was meant
}

// TestWeakReaders: a key that nothing can be encrypted to keeps nobody else from the
// file; too many are refused.
func TestWeakReaders(t *testing.T) {
	w, clerk, root, _ := site(t)
	o := outward(w, clerk, w.Community, root)
	small := ed25519.PublicKey(append([]byte{1}, make([]byte, 31)...))
	none := ed25519.PublicKey(bytes.Repeat([]byte{0xff}, 31))
	o.Readers = append(o.Readers, carry.Reader{Device: change.DeviceOf(small), Key: small}, carry.Reader{Device: change.DeviceOf(none), Key: none},
		carry.Reader{Device: clerk.Config.Self.Device, Key: o.Readers[0].Key})
	if s, err := carry.Out(io.Discard, o); err != nil || s.Readers != 1 || s.LeftOut != 3 {
		t.Errorf("got %+v, %v, want one reader and three left out", s, err)
	}
	mustIn(t, inward(w, root), mustOut(t, o))
	o.Readers = o.Readers[1:]
	if _, err := carry.Out(io.Discard, o); fault.Of(err) != fault.NotFound {
		t.Errorf("for nobody: got %v, want not-found", err)
	}
	o.Readers = nil
	for range carry.MaxReaders {
		o.Readers = append(o.Readers, readers(root)...)
	}
	file := mustOut(t, o)
	if err := carry.Inspect(bytes.NewReader(file[:min(len(file), carry.HeadSize)]), inward(w, root)); err != nil {
		t.Errorf("the head for as many as there may be: %v", err)
	}
	o.Readers = append(o.Readers, readers(root)...)
	if _, err := carry.Out(io.Discard, o); fault.Of(err) != fault.Invalid {
		t.Errorf("for too many: got %v, want invalid", err)
	}
}

const (
	huge     = 48 << 20
	mayTake  = 12 << 20 // at any moment, of whatever size the file is
	mayCost  = 4        // times its size, in all
	leastAll = 4 << 20
)

// TestMemory: what a file takes is bounded whatever stands in it, whether its writer
// is nobody or a device of the network that has turned.
func TestMemory(t *testing.T) {
	w, clerk, root, _ := site(t)
	genuine := mustOut(t, outward(w, clerk, w.Community, root))
	o, in := outward(w, clerk, w.Community, root), inward(w, root)
	for name, test := range map[string]struct {
		file   io.ReadSeeker
		want   fault.Kind
		signed bool // by a member: it may cost what a genuine one costs
	}{
		"noise":              {file: &endless{head: genuine[:40], body: bytes.Repeat([]byte("xyz 93!"), 5000)}, want: fault.Damaged},
		"a cut head":         {file: &endless{head: genuine[:len(genuine)-500], body: make([]byte, 1<<20)}, want: fault.Damaged},
		"lengths that lie":   {file: bytes.NewReader(mustLie(t, o, in, 0, 0x10, 0, 0, 1, 2)), want: fault.Damaged},
		"longer than may be": {file: bytes.NewReader(mustLie(t, o, in, 0xff, 0xff, 0xff, 0xff)), want: fault.Damaged},
		"marks of a member":  {file: bytes.NewReader(mustSign(t, o, repeatedFrame(t, manyMarks(w)))), want: fault.Damaged, signed: true},
		"empty parts of a member": {file: bytes.NewReader(mustSign(t, o, repeatedRaw(append([]byte{0x12, 0xf0, 0xff, 0x3f}, bytes.Repeat([]byte{0x0a, 0}, 0xffff0/2)...)))),
			want: fault.Damaged, signed: true},
	} {
		t.Run(name, func(t *testing.T) {
			size, err := test.file.Seek(0, io.SeekEnd)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := test.file.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			runtime.GC()
			before, scale := memory(), &scale{ReadSeeker: test.file}
			_, err = carry.In(t.Context(), scale, inward(w, root))
			after := memory()
			if fault.Of(err) != test.want {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if most := scale.most; most > before.HeapAlloc+mayTake {
				t.Errorf("it took %d KiB at a time", (most-before.HeapAlloc)>>10)
			}
			if all := after.TotalAlloc - before.TotalAlloc; !test.signed && all > leastAll || all > uint64(mayCost*size+leastAll) {
				t.Errorf("it took %d KiB in all, of a file of %d KiB", all>>10, size>>10)
			}
		})
	}
}

func memory() (m runtime.MemStats) {
	runtime.ReadMemStats(&m)
	return m
}

// scale looks at the memory while a file is read.
type scale struct {
	io.ReadSeeker
	read int64
	most uint64
}

func (s *scale) Read(p []byte) (int, error) {
	n, err := s.ReadSeeker.Read(p)
	if s.read += int64(n); s.read >= 1<<20 {
		runtime.GC() // what is garbage does not count here: it does in all that was taken
		s.read, s.most = 0, max(s.most, memory().HeapAlloc)
	}
	return n, err
}

// endless is a head, and a body again and again.
type endless struct {
	head, body []byte
	at         int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.at >= huge {
		return 0, io.EOF
	}
	n := 0
	if e.at < int64(len(e.head)) {
		n = copy(p, e.head[e.at:])
	} else {
		n = copy(p, e.body[(e.at-int64(len(e.head)))%int64(len(e.body)):])
	}
	e.at += int64(n)
	return n, nil
}

func (e *endless) Seek(offset int64, whence int) (int64, error) {
	e.at = offset
	if whence == io.SeekEnd {
		e.at = huge
	}
	return e.at, nil
}

func part(raw []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(raw))), raw...)
}

func repeatedRaw(raw []byte) (frames []byte) {
	one := part(raw)
	return bytes.Repeat(one, huge/4/len(one)+1)
}

func repeatedFrame(t *testing.T, m syncer.Message) []byte {
	t.Helper()
	raw, err := wire.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return repeatedRaw(raw)
}

func manyMarks(w *streamstest.World) (m syncer.Marks) {
	for i := range 2000 {
		of := change.Stream{Device: change.DeviceOf([]byte{byte(i), byte(i >> 8)}), Incarnation: 1, Audience: w.Community}
		m.Have = append(m.Have, syncer.Have{Stream: of, Mark: change.Mark{Seq: 1, Hash: change.Hash{1}}})
	}
	return m
}

// mustSign is a file of a member that says whatever it likes.
func mustSign(t *testing.T, o carry.Outward, frames []byte) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := carry.Sign(&file, o, frames); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// mustLie is a file whose header is genuine; lengths follow it that are not.
func mustLie(t *testing.T, o carry.Outward, in carry.Inward, after ...byte) []byte {
	t.Helper()
	plain, err := carry.Plain(bytes.NewReader(mustOut(t, o)), in)
	if err != nil {
		t.Fatal(err)
	}
	end := 4 + int(binary.BigEndian.Uint32(plain)) + ed25519.SignatureSize
	var file bytes.Buffer
	if err := carry.Seal(&file, append(plain[:end:end], after...), o.Readers...); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// mustUnpack are batches that are small, and large once they are unpacked.
func mustUnpack(t *testing.T, d *streamstest.Device, in change.Stream) (frames []byte) {
	t.Helper()
	e, _ := d.Entry(in)
	texts := make([]string, 110)
	for i := range texts {
		texts[i] = strings.Repeat("a", 4000)
	}
	for end := e.Sealed; len(frames) < 60<<10; {
		b := streamstest.MustBatch(t, d.Config.Key, in, end, texts...)
		raw, err := wire.Marshal(syncer.Batch{Sealed: b.Bytes()})
		if err != nil {
			t.Fatal(err)
		}
		frames, end = append(frames, part(raw)...), b.End()
	}
	return frames
}

// TestUnpacksToMuch: batches that are small and large once they are unpacked are stored
// by what they take, not by what they are on the stick.
func TestUnpacksToMuch(t *testing.T) {
	w, clerk, root, own := site(t)
	frames := mustUnpack(t, clerk, own)
	in, target := inward(w, root), &measured{Streams: root.Streams}
	in.Target = target
	taken, err := carry.In(t.Context(), bytes.NewReader(mustSign(t, outward(w, clerk, w.Community, root), frames)), in)
	if err != nil || taken.Summary.Batches < 30 || target.calls < 4 {
		t.Fatalf("%d transactions, %v, want some batches in each of several", target.calls, err)
	}
	if target.most > carry.MaxStored+change.MaxPayload+change.MaxBatch {
		t.Errorf("one transaction stored %d KiB", target.most>>10)
	}
}

// measured adds up what is stored at a time.
type measured struct {
	*streams.Streams
	calls, most int
}

func (m *measured) Append(ctx context.Context, from streams.Sender, sealed [][]byte) ([]syncer.Result, error) {
	all := 0
	for _, raw := range sealed {
		if b, err := change.ParseBatch(raw); err == nil {
			all += len(raw) + int(b.Size)
		}
	}
	m.calls, m.most = m.calls+1, max(m.most, all)
	return m.Streams.Append(ctx, from, sealed)
}

// FuzzIn: no bytes make the reader panic, or pass for a genuine file, whether a
// stranger wrote them or a member signed them. What is encrypted is noise to a fuzzer,
// so that the members write in the clear.
func FuzzIn(f *testing.F) {
	w, clerk, root, _ := site(f)
	o := outward(w, clerk, w.Community, root)
	in := inward(w, root)
	in.Target = deaf{}
	genuine := mustOut(f, o)
	var frames bytes.Buffer
	if err := carry.OutClear(&frames, o); err != nil {
		f.Fatal(err)
	}
	f.Add(genuine)
	f.Add(genuine[:200])
	f.Add(frames.Bytes())
	f.Add(frames.Bytes()[13+4+int(binary.BigEndian.Uint32(frames.Bytes()[13:])):])
	f.Add(part([]byte{0x0a, 0}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, err := carry.In(t.Context(), bytes.NewReader(raw), in)
		if err == nil && !bytes.Equal(raw, genuine) && !bytes.Equal(raw, frames.Bytes()) {
			t.Error("it was taken for a genuine one")
		}
		var signed bytes.Buffer
		if err := carry.SignClear(&signed, o, raw); err != nil {
			t.Fatal(err)
		}
		if _, err = carry.In(t.Context(), bytes.NewReader(signed.Bytes()), in); fault.Of(err) == fault.Internal {
			t.Errorf("signed by a member: got %v", err)
		}
	})
}

// deaf is a target that keeps nothing.
type deaf struct{}

func (deaf) Entry(change.Stream) (syncer.Entry, bool) { return syncer.Entry{}, false }

func (deaf) Append(context.Context, streams.Sender, [][]byte) ([]syncer.Result, error) {
	return nil, nil
}

func (deaf) StoreReceipt(context.Context, ...[]byte) error { return nil }

func (deaf) Learn(context.Context, []byte) error { return nil }

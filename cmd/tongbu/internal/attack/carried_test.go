package attack_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/change"
	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/node/socket"
	"tongbu/syncer"
	"tongbu/syncer/wire"
)

// personal is what must be nowhere in a file that lies about.
var personal = []string{"欧阳若兰", "420202198505051232", "13971760001", "胜阳港路二十七号"}

// sticks is a network with a site that has no line, and the file that it hands out.
type sticks struct {
	*world
	site, sibling *site
	file          []byte
}

func mustSticks(t *testing.T) *sticks {
	t.Helper()
	s := &sticks{world: mustWorld(t)}
	s.site, s.sibling = s.mustOffline(t, kit.First), s.mustOffline(t, kit.Second)
	person := fmt.Sprintf(`{"id":"p-1","name":%q,"id_number":%q,"phone":%q,"hukou_address":%q}`, personal[0], personal[1], personal[2], personal[3])
	s.site.mustPut(t, person)
	s.file = s.site.mustCarryOut(t, "")
	return s
}

// mustOffline is a device that has joined and has no line since.
func (w *world) mustOffline(t *testing.T, unit tree.Unit) *site {
	t.Helper()
	cfg := config.Config{Keys: program.Keys()}
	s := &site{dir: w.mustJoin(t, unit, cfg)}
	var err error
	if s.Tier, err = tier.Open(t.Context(), s.dir, cfg, tier.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (s *site) mustPut(t *testing.T, person string) {
	t.Helper()
	c := socket.Direct(s.Handler, func() {})
	err := c.Lines(t.Context(), http.MethodPost, "/put/person", strings.NewReader(person+"\n"), func([]byte) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
}

func (s *site) mustCarryOut(t *testing.T, to string) []byte {
	t.Helper()
	answer, err := socket.Direct(s.Handler, func() {}).Call(t.Context(), http.MethodGet, "/carry/out?all=1&for="+to, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Close() }()
	raw, err := io.ReadAll(answer)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

type takenIn struct{ Batches, Known, Refused int }

func (s *site) carryIn(t *testing.T, file io.Reader) (sum takenIn, err error) {
	t.Helper()
	err = socket.Direct(s.Handler, func() {}).Send(t.Context(), http.MethodPost, "/carry/in", file, &sum)
	if _, left := os.Stat(filepath.Join(s.dir, "spool.new")); !errors.Is(left, os.ErrNotExist) {
		t.Errorf("a copy of the file was left: %v", left)
	}
	return sum, err
}

// has reports whether a site has anything of another device's.
func (s *site) hasOf(of *site) bool {
	_, ok := s.Replica.Streams.Entry(change.Stream{Device: of.Replica.Keys.Device(), Incarnation: 1, Audience: of.Replica.Place.Unit})
	return ok
}

// TestCarriedFiles: what a stranger, a neighbour, a revoked device and somebody with
// a tool for bytes get out of a file on a stick, or into a hub by one.
func TestCarriedFiles(t *testing.T) {
	s := mustSticks(t)
	t.Run("a stranger reads nothing", s.showsNothing)
	t.Run("nobody else opens it", s.opensForReaders)
	t.Run("any byte altered", s.altered)
	t.Run("cut", s.cut)
	t.Run("of any size", s.bounded)
	t.Run("brought in again", s.replayed)
	t.Run("of a revoked device", s.revoked)
}

func (s *sticks) showsNothing(t *testing.T) {
	looked := 0
	for _, file := range [][]byte{s.file, s.city.mustCarryOut(t, kit.First.Code)} {
		for _, text := range append(fieldNames(t), personal...) {
			looked++
			if bytes.Contains(file, []byte(text)) {
				t.Errorf("it shows %q", text)
			}
		}
	}
	batches, _, err := s.site.Replica.Streams.Load(change.Stream{Device: s.site.Replica.Keys.Device(), Incarnation: 1, Audience: kit.First.ID}, change.Mark{}, 1<<20)
	if err != nil || len(batches) == 0 || looked < 50 {
		t.Fatalf("%d batches, %d texts, %v", len(batches), looked, err)
	}
	for _, b := range batches {
		if bytes.Contains(s.file, b.Bytes()[:64]) {
			t.Error("it shows a batch as it is")
		}
	}
	for _, of := range []*site{s.site, s.city} {
		for _, text := range []string{string(of.Replica.Keys.Device()), string(of.Replica.Place.Unit), string(of.Replica.Place.Network)} {
			if bytes.Contains(s.file, []byte(text)) {
				t.Errorf("it shows whose it is: %q", text)
			}
		}
	}
}

// fieldNames are those of persons and households that are not found in noise by
// chance.
func fieldNames(t *testing.T) (names []string) {
	t.Helper()
	kinds, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"person", "household"} {
		k, ok := kinds.Kind(kind)
		if !ok {
			t.Fatal("no kind " + kind)
		}
		for _, f := range k.Fields {
			if len(f.Name) >= 4 {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

func (s *sticks) opensForReaders(t *testing.T) {
	down := s.city.mustCarryOut(t, kit.First.Code)
	toStreet := s.city.mustCarryOut(t, kit.Street.Code)
	for name, at := range map[string]struct {
		site *site
		file []byte
	}{
		"the neighbour, what goes up":         {s.sibling, s.file},
		"the neighbour, what comes down":      {s.sibling, down},
		"a community, what is for its street": {s.site, toStreet},
		"the writer":                          {s.site, s.file},
		"the writer above":                    {s.city, down},
	} {
		_, err := at.site.carryIn(t, bytes.NewReader(at.file))
		if fault.Of(err) != fault.Denied || at.site != s.site && at.site.hasOf(s.site) {
			t.Errorf("%s: got %v, want denied", name, err)
		}
	}
	if _, err := s.site.carryIn(t, bytes.NewReader(down)); err != nil {
		t.Errorf("the unit itself: %v", err)
	}
	if _, err := s.street.carryIn(t, bytes.NewReader(down)); err != nil {
		t.Errorf("the hub on the way: %v", err)
	}
}

func (s *sticks) altered(t *testing.T) {
	for n := range s.file {
		bent := bytes.Clone(s.file)
		bent[n] ^= 1 << (n % 8)
		if _, err := s.street.carryIn(t, bytes.NewReader(bent)); err == nil || fault.Of(err) == fault.Internal {
			t.Fatalf("byte %d of %d: got %v", n, len(s.file), err)
		}
	}
	if s.street.hasOf(s.site) {
		t.Error("something of an altered file was taken in")
	}
}

func (s *sticks) cut(t *testing.T) {
	for n := 0; n < len(s.file); n += 7 {
		if _, err := s.street.carryIn(t, bytes.NewReader(s.file[:n])); err == nil || fault.Of(err) == fault.Internal {
			t.Fatalf("after %d of %d: got %v", n, len(s.file), err)
		}
	}
	if s.street.hasOf(s.site) {
		t.Error("something of a file that was cut was taken in")
	}
}

const (
	hugeFile   = 64 << 20
	mayTake    = 24 << 20 // of memory, whatever the file
	mayRead    = 1 << 20  // of a file that its head gives away
	carryMagic = "tongbu-carry\n"
)

// bounded: files without a signature cost neither memory nor disk in proportion.
func (s *sticks) bounded(t *testing.T) {
	for name, file := range map[string]struct {
		head, body []byte
		whole      bool // may be read to its end: the signature stands there
	}{
		"noise":                       {head: []byte(carryMagic), body: noise(1 << 20)},
		"no header":                   {head: []byte(carryMagic), body: bytes.Repeat([]byte{0, 0, 0x7f, 0xff}, 1<<16)},
		"a header of keys":            {head: append(sealedHead(), "age-encryption.org/v1\n"...), body: bytes.Repeat([]byte("-> X25519 "+strings.Repeat("A", 43)+"\n"+strings.Repeat("A", 43)+"\n"), 1<<12)},
		"a key without end":           {head: append(sealedHead(), "age-encryption.org/v1\n-> X25519 "...), body: bytes.Repeat([]byte{'A'}, 1<<20)},
		"the head of a genuine one":   {head: s.file[:len(s.file)-40], body: noise(1 << 20)},
		"clear, of nobody":            {head: s.clearHead(t, nil), body: emptyFrame(1)},
		"clear, empty parts":          {head: s.clearHead(t, s.site), body: bytes.Repeat(emptyFrame(1<<20-16), 4), whole: true},
		"clear, marks":                {head: s.clearHead(t, s.site), body: manyMarks(t), whole: true},
		"clear, a length that is not": {head: s.clearHead(t, s.site), body: bytes.Repeat([]byte{0xff}, 1<<20), whole: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := &weighed{Reader: io.LimitReader(io.MultiReader(bytes.NewReader(file.head), &repeated{of: file.body}), hugeFile)}
			defer debug.SetGCPercent(debug.SetGCPercent(20)) // what is garbage does not count
			runtime.GC()
			before := heapNow()
			_, err := s.street.carryIn(t, r)
			wantKind(t, err, fault.Damaged, fault.Denied)
			if most := max(r.most, heapNow()); most > before+mayTake {
				t.Errorf("it took %d MiB", (most-before)>>20)
			}
			if !file.whole && r.read > mayRead {
				t.Errorf("%d KiB of it were read", r.read>>10)
			}
		})
	}
}

func sealedHead() []byte { return headOf(map[string]any{"format": 2}) }

func headOf(header map[string]any) []byte {
	raw, err := json.Marshal(header)
	if err != nil {
		panic(err) // texts and numbers
	}
	return append(binary.BigEndian.AppendUint32([]byte(carryMagic), uint32(len(raw))), raw...)
}

// clearHead is how a file of an older program begins; of is its writer.
func (s *sticks) clearHead(t *testing.T, of *site) []byte {
	t.Helper()
	header := map[string]any{"format": 1, "network": s.city.Replica.Place.Network, "unit": kit.First.ID, "device": s.site.Replica.Keys.Device(), "certificate": noise(400)}
	if of != nil {
		header["certificate"] = of.Replica.Keys.Certificate().Raw
	}
	return headOf(header)
}

// emptyFrame is a message of marks without content, two bytes each.
func emptyFrame(size int) []byte {
	marks := bytes.Repeat([]byte{0x0a, 0}, size/2)
	raw := append(binary.AppendUvarint([]byte{0x12}, uint64(len(marks))), marks...)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(raw))), raw...)
}

func manyMarks(t *testing.T) (body []byte) {
	t.Helper()
	have := make([]syncer.Have, 2000)
	for i := range have {
		device := change.DeviceOf([]byte{byte(i), byte(i >> 8)})
		have[i] = syncer.Have{Stream: change.Stream{Device: device, Incarnation: 1, Audience: kit.First.ID}, Mark: change.Mark{Seq: 1, Hash: change.Hash{1}}}
	}
	raw, err := wire.Marshal(syncer.Marks{Have: have})
	if err != nil {
		t.Fatal(err)
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(raw))), raw...)
}

func noise(n int) []byte {
	raw, x := make([]byte, n), uint32(2463534242)
	for i := range raw {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		raw[i] = byte(x)
	}
	return raw
}

// repeated is a text without end.
type repeated struct {
	of []byte
	at int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.of[r.at:])
	r.at = (r.at + n) % len(r.of)
	return n, nil
}

// weighed looks at the memory while it is read.
type weighed struct {
	io.Reader
	read int64
	most uint64
}

func (w *weighed) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if before := w.read >> 20; (w.read+int64(n))>>20 != before {
		w.most = max(w.most, heapNow())
	}
	w.read += int64(n)
	return n, err
}

func heapNow() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func (s *sticks) replayed(t *testing.T) {
	s.site.mustPut(t, `{"id":"p-2","name":"甲"}`)
	later := s.site.mustCarryOut(t, "")
	for _, file := range [][]byte{s.file, later} {
		if sum, err := s.city.carryIn(t, bytes.NewReader(file)); err != nil || sum.Refused > 0 {
			t.Fatalf("%+v, %v", sum, err)
		}
	}
	up, _ := s.city.Replica.Streams.Entries()
	down := s.city.mustCarryNew(t)
	sum, err := s.city.carryIn(t, bytes.NewReader(s.file))
	if err != nil || sum.Known != sum.Batches || sum.Batches == 0 {
		t.Errorf("got %+v, %v, want all known", sum, err)
	}
	after, _ := s.city.Replica.Streams.Entries()
	if len(after) != len(up) {
		t.Errorf("%d streams, %d before", len(after), len(up))
	}
	if again := s.city.mustCarryNew(t); len(again) != len(down) {
		t.Errorf("the next file back has %d bytes, and had %d: it goes by an old one", len(again), len(down))
	}
}

// mustCarryNew is a file for the site with what it is not known to have.
func (s *site) mustCarryNew(t *testing.T) []byte {
	t.Helper()
	answer, err := socket.Direct(s.Handler, func() {}).Call(t.Context(), http.MethodGet, "/carry/out?for="+kit.First.Code, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Close() }()
	raw, err := io.ReadAll(answer)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (s *sticks) revoked(t *testing.T) {
	file := s.sibling.mustCarryOut(t, "")
	s.revoke(t, s.sibling.Replica.Keys.Device())
	if _, err := s.city.carryIn(t, bytes.NewReader(file)); fault.Of(err) != fault.Denied {
		t.Errorf("of a revoked device: got %v, want denied", err)
	}
	if down := s.city.mustCarryOut(t, kit.First.Code); len(down) == 0 {
		t.Error("nothing")
	}
	answer, err := socket.Direct(s.city.Handler, func() {}).Call(t.Context(), http.MethodGet, "/carry/out?for="+kit.Second.Code, nil)
	if err != nil { // the street is on the way, and reads it
		t.Fatal(err)
	}
	raw, err := io.ReadAll(answer)
	_ = answer.Close()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.sibling.carryIn(t, bytes.NewReader(raw)); fault.Of(err) != fault.Denied {
		t.Errorf("for a revoked device: got %v, want denied", err)
	}
}

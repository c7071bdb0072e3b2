package carry_test

import (
	"bytes"
	"crypto/ed25519"
	"io"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/syncer"
	"tongbu/syncer/carry"
	"tongbu/syncer/streams"
	"tongbu/syncer/streams/streamstest"
)

const network = "n"

func readers(devices ...*streamstest.Device) (all []carry.Reader) {
	for _, d := range devices {
		all = append(all, carry.Reader{Device: d.Config.Self.Device, Key: d.Config.Key.Public().(ed25519.PublicKey)})
	}
	return all
}

// outward is a file of a device for the other end of the link to the child, which
// the others may read.
func outward(w *streamstest.World, d *streamstest.Device, child change.UnitID, others ...*streamstest.Device) carry.Outward {
	o := carry.Outward{Key: d.Config.Key, Tree: w.Tree, Child: child, Source: d.Streams, Readers: readers(others...),
		Header: carry.Header{Format: carry.Format, Network: network, Unit: d.Config.Self.Unit, Device: d.Config.Self.Device, Certificate: d.Keys.Certificate().Raw}}
	if d.Config.Self.Unit != child {
		o.Down, o.Header.For = true, child
	}
	return o
}

func mustOut(t testing.TB, o carry.Outward) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := carry.Out(&out, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func inward(w *streamstest.World, d *streamstest.Device) carry.Inward {
	return carry.Inward{Network: network, Self: d.Config.Self, Key: d.Config.Key, Tree: w.Tree, Verifier: d.Keys.Verifier().Author,
		Banned: func(change.DeviceID) bool { return false }, Target: d.Streams}
}

func mustIn(t testing.TB, in carry.Inward, file []byte) (*carry.Summary, []syncer.Have) {
	t.Helper()
	taken, err := carry.In(t.Context(), bytes.NewReader(file), in)
	if err != nil {
		t.Fatal(err)
	}
	return taken.Summary, taken.Have
}

// site is a community that has said something, and the city.
func site(t testing.TB) (w *streamstest.World, clerk, root *streamstest.Device, own change.Stream) {
	t.Helper()
	w = streamstest.MustFound(t)
	clerk, root = w.MustJoin(t, w.Community), w.MustJoin(t, w.City)
	own = clerk.MustWrite(t, w.Community, "one", "two")
	clerk.MustSeal(t, own)
	return w, clerk, root, own
}

// TestThereAndBack: up with what is new, down with the receipt, and up again
// with nothing that the other side has said to have.
func TestThereAndBack(t *testing.T) {
	w, clerk, root, own := site(t)
	words := root.MustWrite(t, w.City, "tree")
	root.MustSeal(t, words)
	up := mustOut(t, outward(w, clerk, w.Community, root))
	for _, known := range []int{0, 1} { // the second time it is there
		s, _ := mustIn(t, inward(w, root), up)
		if s.Batches != 1 || s.Changes != 2 || s.Known != known || s.Refused+s.Missing+s.Forked != 0 {
			t.Errorf("taken in: %+v, want one batch, %d known", s, known)
		}
	}
	e, _ := root.Entry(own)
	if err := root.Write(t.Context(), func(w *streams.Writer) error { return w.Record(own, e.Sealed) }); err != nil {
		t.Fatal(err)
	}
	s, have := mustIn(t, inward(w, clerk), mustOut(t, outward(w, root, w.Community, clerk)))
	if s.Receipts != 1 || s.Batches != 2 || s.Known != 1 {
		t.Errorf("down: %+v, want a receipt, the tree and what the clerk wrote", s)
	}
	err := clerk.View(func(tx *journal.Tx) error {
		r, err := clerk.Reached(tx, own)
		if r.City != 2 {
			t.Errorf("recorded: got %d, want 2", r.City)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	again := outward(w, clerk, w.Community, root)
	again.Known = map[change.Stream]syncer.Have{}
	for _, h := range have {
		again.Known[h.Stream] = h
	}
	if s, err := carry.Out(io.Discard, again); err != nil || s.Batches+s.Receipts != 0 || s.Readers != 1 {
		t.Errorf("known by now: %+v %v, want nothing", s, err)
	}
}

// TestDamage: a file that is cut or altered anywhere is refused, and nothing
// of it is applied.
func TestDamage(t *testing.T) {
	w, clerk, root, own := site(t)
	file := mustOut(t, outward(w, clerk, w.Community, root))
	refuse := func(what string, n int, raw []byte) {
		t.Helper()
		_, err := carry.In(t.Context(), bytes.NewReader(raw), inward(w, root))
		if kind := fault.Of(err); err == nil || kind == fault.Internal {
			t.Errorf("%s at %d of %d: got %v", what, n, len(file), err)
		}
		if e, ok := root.Entry(own); ok {
			t.Fatalf("%s at %d: applied up to %d", what, n, e.Head)
		}
	}
	for n := range file {
		refuse("cut", n, file[:n])
		altered := bytes.Clone(file)
		altered[n] ^= 1
		refuse("altered", n, altered)
	}
	refuse("more", 0, append(bytes.Clone(file), 0))
	mustIn(t, inward(w, root), file)
}

func TestWhoseFile(t *testing.T) {
	w, clerk, root, _ := site(t)
	street, neighbour := w.MustJoin(t, w.Street), w.MustJoin(t, w.Neighbour)
	forge := func(change func(*carry.Outward)) []byte {
		o := outward(w, clerk, w.Community, root, street, neighbour, clerk)
		change(&o)
		return mustOut(t, o)
	}
	banned := inward(w, root)
	banned.Banned = func(d change.DeviceID) bool { return d == clerk.Config.Self.Device }
	for name, test := range map[string]struct {
		file []byte
		in   carry.Inward
		want fault.Kind
	}{
		"in order":               {forge(func(*carry.Outward) {}), inward(w, root), fault.OK},
		"at a hub on the way":    {forge(func(*carry.Outward) {}), inward(w, street), fault.OK},
		"another network":        {forge(func(o *carry.Outward) { o.Header.Network = "m" }), inward(w, root), fault.Denied},
		"a later format":         {bytes.Replace(forge(func(*carry.Outward) {}), []byte(`"format":2`), []byte(`"format":3`), 1), inward(w, root), fault.Unsupported},
		"no format":              {bytes.Replace(forge(func(*carry.Outward) {}), []byte(`"format":2`), []byte(`"format":0`), 1), inward(w, root), fault.Damaged},
		"posing as a clear one":  {bytes.Replace(forge(func(*carry.Outward) {}), []byte(`"format":2`), []byte(`"format":1`), 1), inward(w, root), fault.Damaged},
		"no reader of it":        {mustOut(t, outward(w, clerk, w.Community, street)), inward(w, root), fault.Denied},
		"another hand":           {forge(func(o *carry.Outward) { o.Key = neighbour.Config.Key }), inward(w, root), fault.Damaged},
		"another unit":           {forge(func(o *carry.Outward) { o.Header.Unit = w.Street }), inward(w, root), fault.Damaged},
		"another device":         {forge(func(o *carry.Outward) { o.Header.Device = street.Config.Self.Device }), inward(w, root), fault.Damaged},
		"no certificate":         {forge(func(o *carry.Outward) { o.Header.Certificate = []byte("x") }), inward(w, root), fault.Denied},
		"a revoked device":       {forge(func(*carry.Outward) {}), banned, fault.Denied},
		"its own unit":           {forge(func(*carry.Outward) {}), inward(w, clerk), fault.Denied},
		"beside":                 {forge(func(*carry.Outward) {}), inward(w, neighbour), fault.Denied},
		"for a unit, from below": {forge(func(o *carry.Outward) { o.Header.For = w.City }), inward(w, root), fault.Denied},
		"down, for another unit": {mustOut(t, outward(w, root, w.Neighbour, clerk)), inward(w, clerk), fault.Denied},
		"down, through a hub":    {mustOut(t, outward(w, root, w.Neighbour, street)), inward(w, street), fault.OK},
	} {
		if _, err := carry.In(t.Context(), bytes.NewReader(test.file), test.in); fault.Of(err) != test.want {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if err := carry.Inspect(bytes.NewReader(test.file), test.in); fault.Of(err) != test.want {
			t.Errorf("%s: its head: got %v, want %v", name, err, test.want)
		}
	}
}

// TestRefusedAlone: a batch of a revoked author, and one that does not belong
// on the way between the two, are refused; the others are applied.
func TestRefusedAlone(t *testing.T) {
	w, clerk, root, own := site(t)
	street, second := w.MustJoin(t, w.Street), w.MustJoin(t, w.Community)
	late := second.MustWrite(t, w.Community, "late")
	up := mustOut(t, outward(w, clerk, w.Community, street))
	mustIn(t, inward(w, street), up)
	second.MustSeal(t, late)
	mustIn(t, inward(w, street), mustOut(t, outward(w, second, w.Community, street)))
	in := inward(w, root)
	in.Banned = func(d change.DeviceID) bool { return d == second.Config.Self.Device }
	s, _ := mustIn(t, in, mustOut(t, outward(w, street, w.Street, root)))
	if s.Refused != 1 || len(s.Problems) != 1 {
		t.Errorf("taken in: %+v, want one refused", s)
	}
	if _, there := root.Entry(late); there {
		t.Error("the revoked device's words are there")
	}
	if _, there := root.Entry(own); !there {
		t.Error("the others are not there")
	}
}

// TestGap: a file that follows another one which never came is told.
func TestGap(t *testing.T) {
	w, clerk, root, own := site(t)
	first, _ := clerk.Entry(own)
	clerk.MustWrite(t, w.Community, "three")
	clerk.MustSeal(t, own)
	o := outward(w, clerk, w.Community, root)
	o.Known = map[change.Stream]syncer.Have{own: first.Have()}
	second := mustOut(t, o)
	if s, _ := mustIn(t, inward(w, root), second); s.Missing != 1 || len(s.Problems) != 1 {
		t.Errorf("without the first: %+v, want one missing", s)
	}
	o.Known = nil
	mustIn(t, inward(w, root), mustOut(t, o))
	if s, _ := mustIn(t, inward(w, root), second); s.Missing != 0 || s.Known != 1 {
		t.Errorf("after the first: %+v, want one known", s)
	}
	o.Known = map[change.Stream]syncer.Have{own: {Stream: own, Mark: change.Mark{Seq: 2, Hash: change.Hash{9}}}}
	if s, err := carry.Out(io.Discard, o); err != nil || s.Changes != 3 {
		t.Errorf("known of another history: %+v %v, want everything", s, err)
	}
}

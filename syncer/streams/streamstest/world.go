// Package streamstest sets up devices with real journals for the tests of
// packages that work on streams: a founded network, its tree, and records that
// show which changes were applied.
package streamstest

import (
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
	"tongbu/internal/journal"
	"tongbu/internal/tree"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// World is a network with the tree city, street, community and a neighbour of
// the community.
type World struct {
	*identitytest.Network
	Neighbour change.UnitID
	Tree      *tree.Tree
}

// MustFound founds a network.
func MustFound(tb testing.TB) *World {
	tb.Helper()
	w := &World{Network: identitytest.MustFound(tb, identity.Options{}), Neighbour: change.NewUnitID([10]byte{6})}
	w.Registry.SetPlace(w.Neighbour, identity.Place{Level: 5, RootUnit: w.City, Parents: []identity.Parent{}})
	var err error
	w.Tree, err = tree.New([]tree.Unit{
		{ID: w.City, Code: "990100000000", Name: "city", Level: tree.City},
		{ID: w.Street, Code: "990101001000", Name: "street", Level: tree.Street, Parent: w.City},
		{ID: w.Community, Code: "990101001001", Name: "community", Level: tree.Community, Parent: w.Street},
		{ID: w.Neighbour, Code: "990101001002", Name: "neighbour", Level: tree.Community, Parent: w.Street},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

// Device is an installation with its directory.
type Device struct {
	*streams.Streams
	World   *World
	Keys    *identity.Keystore
	Path    string
	Journal *journal.Store
	Records *Records
	Config  streams.Config
}

// MustJoin makes a device of the unit.
func (w *World) MustJoin(tb testing.TB, unit change.UnitID) *Device {
	tb.Helper()
	keys := w.Own
	if unit != w.City {
		keys = w.Network.MustJoin(tb, unit)
	}
	return w.MustOpen(tb, keys, filepath.Join(tb.TempDir(), "journal.db"))
}

// MustOpen opens a device's directory; the test's end closes it.
func (w *World) MustOpen(tb testing.TB, keys *identity.Keystore, path string) *Device {
	tb.Helper()
	d := &Device{World: w, Keys: keys, Path: path}
	unit := keys.Placement().Unit
	d.Records = &Records{unit: unit}
	d.Config = streams.Config{Self: syncer.Peer{Unit: unit, Device: keys.Device()}, Root: w.City, Key: keys.Key(),
		Verifier: keys.Verifier, Tree: func() syncer.Tree { return w.Tree }, Records: d.Records, Now: time.Now}
	d.MustReopen(tb)
	tb.Cleanup(func() { d.MustClose(tb) })
	return d
}

// MustReopen opens the journal and the streams in it: a restart, after MustClose.
func (d *Device) MustReopen(tb testing.TB) {
	tb.Helper()
	var err error
	if d.Journal, err = journal.Open(d.Path, journal.Options{Key: [32]byte{1}, Now: time.Now}); err != nil {
		tb.Fatal(err)
	}
	d.Config.Journal = d.Journal
	if d.Streams, err = streams.Open(d.Config); err != nil {
		tb.Fatal(err)
	}
	if err := d.Learn(tb.Context(), d.Keys.Proof()); err != nil {
		tb.Fatal(err)
	}
}

// MustClose closes the journal.
func (d *Device) MustClose(tb testing.TB) {
	tb.Helper()
	if err := d.Journal.Close(); err != nil {
		tb.Error(err)
	}
}

// Own is the device's stream in its first incarnation.
func (d *Device) Own(audience change.UnitID) change.Stream {
	return change.Stream{Device: d.Keys.Device(), Incarnation: 1, Audience: audience}
}

// Edit is an encoded change with a text in it.
func Edit(tb testing.TB, text string) []byte {
	tb.Helper()
	c := &change.Change{Kind: "person", Record: "p-1", Fields: change.FieldsOf(map[string]change.Value{"name": change.Text(text)}), Actor: "clerk"}
	raw, err := c.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

// MustWrite writes changes with the texts, in one transaction.
func (d *Device) MustWrite(tb testing.TB, audience change.UnitID, texts ...string) change.Stream {
	tb.Helper()
	var own change.Stream
	err := d.Write(tb.Context(), func(w *streams.Writer) (err error) {
		if own, err = w.Own(audience); err != nil {
			return err
		}
		for _, text := range texts {
			if err := d.Records.add(w.Tx, own, Edit(tb, text)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return own
}

// MustSeal closes the tail of an own stream and returns all its batches.
func (d *Device) MustSeal(tb testing.TB, of change.Stream) []*change.Batch {
	tb.Helper()
	if err := d.Seal(tb.Context(), of); err != nil {
		tb.Fatal(err)
	}
	batches, _, err := d.Load(of, change.Mark{}, 1<<30)
	if err != nil {
		tb.Fatal(err)
	}
	return batches
}

// MustBatch seals a batch with any key: the device's own or another.
func MustBatch(tb testing.TB, key ed25519.PrivateKey, in change.Stream, after change.Mark, texts ...string) *change.Batch {
	tb.Helper()
	var raws [][]byte
	for _, text := range texts {
		raws = append(raws, Edit(tb, text))
	}
	b, err := change.Seal(change.BatchRows, key, in, after, raws, 7)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// MustCopy writes a copy of the journal: a backup.
func (d *Device) MustCopy(tb testing.TB, path string) {
	tb.Helper()
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	_, err = d.Journal.WriteTo(f)
	if err := errors.Join(err, f.Close()); err != nil {
		tb.Fatal(err)
	}
}

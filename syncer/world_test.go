package syncer_test

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/tree"
	"tongbu/syncer"
)

func unitID(n byte) change.UnitID { return change.NewUnitID([10]byte{n}) }

// The units of the test world, four tiers and three communities.
var (
	city, district, street = unitID(2), unitID(3), unitID(4)
	first, second, third   = unitID(51), unitID(52), unitID(53)
	unitNames              = map[change.UnitID]string{city: "city", district: "district", street: "street", first: "first", second: "second", third: "third"}
)

func mustTree(tb testing.TB) *tree.Tree {
	tb.Helper()
	t, err := tree.New([]tree.Unit{
		{ID: city, Code: "990100000000", Name: "city", Level: tree.City},
		{ID: district, Code: "990101000000", Name: "district", Level: tree.District, Parent: city},
		{ID: street, Code: "990101001000", Name: "street", Level: tree.Street, Parent: district},
		{ID: first, Code: "990101001001", Name: "first", Level: tree.Community, Parent: street},
		{ID: second, Code: "990101001002", Name: "second", Level: tree.Community, Parent: street},
		{ID: third, Code: "990101001003", Name: "third", Level: tree.Community, Parent: street},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// device is a made-up installation of a unit.
type device struct {
	syncer.Peer
	key ed25519.PrivateKey
}

func newDevice(n byte, unit change.UnitID) device {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32))
	return device{key: key, Peer: syncer.Peer{Unit: unit, Device: change.DeviceOf(key.Public().(ed25519.PublicKey))}}
}

func (d device) public() ed25519.PublicKey { return d.key.Public().(ed25519.PublicKey) }

func (d device) stream(audience change.UnitID) change.Stream {
	return change.Stream{Device: d.Device, Incarnation: 1, Audience: audience}
}

// certificate is what stands for a certificate here: the unit and the key.
func (d device) certificate() []byte { return append([]byte(d.Unit+"/"), d.public()...) }

func readCertificate(raw []byte) (change.DeviceID, change.UnitID, ed25519.PublicKey) {
	unit, key, _ := strings.Cut(string(raw), "/")
	return change.DeviceOf(ed25519.PublicKey(key)), change.UnitID(unit), ed25519.PublicKey(key)
}

// chain seals batches of one change each.
func (d device) chain(tb testing.TB, in change.Stream, texts ...string) []*change.Batch {
	tb.Helper()
	var batches []*change.Batch
	var end change.Mark
	for _, text := range texts {
		b, err := change.Seal(d.key, in, end, [][]byte{[]byte(text)}, 7)
		if err != nil {
			tb.Fatal(err)
		}
		batches, end = append(batches, b), b.End()
	}
	return batches
}

func mustParse(tb testing.TB, sealed []byte) *change.Batch {
	tb.Helper()
	b, err := change.ParseBatch(sealed)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func entryOf(author change.UnitID, batches ...*change.Batch) syncer.Entry {
	last := batches[len(batches)-1]
	return syncer.Entry{Stream: last.Stream, Author: author, Sealed: last.End(), Head: last.Last()}
}

// sent lists the messages among the effects.
func sent(effects []syncer.Effect) []syncer.Message {
	var messages []syncer.Message
	for _, e := range effects {
		if s, ok := e.(syncer.Send); ok {
			messages = append(messages, s.Message)
		}
	}
	return messages
}

// others lists the effects that are no messages.
func others(effects []syncer.Effect) []syncer.Effect {
	var rest []syncer.Effect
	for _, e := range effects {
		if _, ok := e.(syncer.Send); !ok {
			rest = append(rest, e)
		}
	}
	return rest
}

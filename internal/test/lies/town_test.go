package lies_test

import (
	"crypto/ed25519"
	"os"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/node/replica"
)

// author is a device that signs what it likes.
type author struct {
	*kit.Forger
	name string
	lies bool // it also says what it may not
	only bool // it says nothing else
	told int  // place in tiers of the hub that it speaks to
}

// Places of the tiers in a network.
const (
	atFirst = iota
	atSecond
	atStreet
	atDistrict
	atCity
)

// tiers are the directories that answer: two nodes of one street, and the hubs above.
var tiers = []struct {
	name string
	unit tree.Unit
}{{"the first's node", kit.First}, {"the second's node", kit.Second}, {"the street", kit.Street}, {"the district", kit.District}, {"the city", kit.City}}

// setting is what every story begins with: a network in which nothing was said yet,
// and the devices that will speak.
type setting struct {
	testing.TB
	town    *kit.Town
	dirs    []string // of tiers, to copy
	authors []*author
	city    change.DeviceID
}

func newSetting(tb testing.TB) *setting {
	tb.Helper()
	s := &setting{TB: tb, town: kit.MustTown(tb)}
	city := s.town.MustCity(tb)
	for _, a := range []struct {
		name       string
		unit       tree.Unit
		lies, only bool
		told       int
	}{
		{name: "first's", unit: kit.First, told: atStreet}, {name: "first's other", unit: kit.First, lies: true, told: atStreet},
		{name: "first's liar", unit: kit.First, lies: true, only: true, told: atStreet}, {name: "second's", unit: kit.Second, told: atStreet},
		{name: "street's", unit: kit.Street, lies: true, told: atDistrict}, {name: "district's", unit: kit.District, lies: true, told: atCity},
		{name: "far liar", unit: kit.FarAway, lies: true, only: true, told: atDistrict},
	} {
		f := s.town.MustForger(tb, a.unit)
		kit.MustAdmit(tb, city, identity.Device{ID: f.Peer().Device, Unit: a.unit.ID, Key: f.Key().Public().(ed25519.PublicKey), Name: a.name, Enrolled: 1})
		s.authors = append(s.authors, &author{Forger: f, name: a.name, lies: a.lies, only: a.only, told: a.told})
	}
	for _, at := range tiers[:atCity] {
		r := s.town.MustReplica(tb, city, at.unit)
		s.dirs = append(s.dirs, r.Dir())
		closeAll(tb, r)
	}
	s.dirs, s.city = append(s.dirs, city.Dir()), city.Keys.Device()
	closeAll(tb, city)
	return s
}

func closeAll(tb testing.TB, all ...*replica.Replica) {
	tb.Helper()
	for _, r := range all {
		if err := r.Close(); err != nil {
			tb.Fatal(err)
		}
	}
}

// copies are fresh copies of the directories, and what removes them.
func (s *setting) copies() (dirs []string, remove func()) {
	s.Helper()
	top, err := os.MkdirTemp(memory(), "lies")
	if err != nil {
		s.Fatal(err)
	}
	for i, from := range s.dirs {
		dirs = append(dirs, top+"/"+string(rune('a'+i)))
		if err := os.CopyFS(dirs[i], os.DirFS(from)); err != nil {
			s.Fatal(err)
		}
	}
	return dirs, func() { _ = os.RemoveAll(top) }
}

type fields = map[string]change.Value

// memory is a folder in memory, where the system has one: a story commits some hundred
// times, and no power fails here.
func memory() string {
	const shared = "/dev/shm"
	if dir, err := os.MkdirTemp(shared, "lies"); err == nil {
		_ = os.Remove(dir)
		return shared
	}
	return ""
}

// place is where a change stands.
type place struct {
	change.Stream
	seq uint64
}

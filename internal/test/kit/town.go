// Package kit makes made-up networks for tests: directories that have
// joined, opened as replicas, and functions that carry batches between
// them. Only tests import it.
package kit

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"tongbu/hub/root"
	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
	"tongbu/internal/vault"
	"tongbu/node/replica"
)

// Units of the town: a district with a street of two communities, and a
// street with one.
var (
	City       = tree.Unit{ID: unitID(2), Code: "990100000000", Name: "city", Level: tree.City}
	District   = tree.Unit{ID: unitID(3), Code: "990101000000", Name: "district", Level: tree.District, Parent: City.ID}
	Street     = tree.Unit{ID: unitID(4), Code: "990101001000", Name: "湖滨街道", Level: tree.Street, Parent: District.ID}
	First      = tree.Unit{ID: unitID(51), Code: "990101001001", Name: "湖滨社区", Level: tree.Community, Parent: Street.ID}
	Second     = tree.Unit{ID: unitID(52), Code: "990101001002", Name: "second", Level: tree.Community, Parent: Street.ID}
	FarStreet  = tree.Unit{ID: unitID(41), Code: "990101002000", Name: "far street", Level: tree.Street, Parent: District.ID}
	FarAway    = tree.Unit{ID: unitID(53), Code: "990101002001", Name: "far away", Level: tree.Community, Parent: FarStreet.ID}
	NotOfTown  = tree.Unit{ID: unitID(99), Code: "990199000000", Name: "nowhere", Level: tree.District, Parent: City.ID}
	hubAddress = identity.Listen{Address: "127.0.0.1:1", Web: "127.0.0.1:2"}
)

func unitID(n byte) change.UnitID { return change.NewUnitID([10]byte{n}) }

// Units lists the town's units, parents first.
func Units() []tree.Unit {
	return []tree.Unit{City, District, Street, First, Second, FarStreet, FarAway}
}

// Clock is a clock that goes when it is told to.
type Clock struct {
	mu sync.Mutex // guards at
	at time.Time
}

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Town is a network. Its authority lies in RootDir.
type Town struct {
	Clock   *Clock
	Tree    *tree.Tree
	RootDir string
	Schema  *schema.Schema

	units []tree.Unit
	root  *identity.Root
}

// MustTown founds a network and joins its root.
func MustTown(tb testing.TB) *Town {
	tb.Helper()
	return mustTown(tb, Units())
}

// MustTwinTown founds another network of the same place: its units have the codes and
// names of the town's, and ids of their own.
func MustTwinTown(tb testing.TB) *Town {
	tb.Helper()
	units, ids := Units(), map[change.UnitID]change.UnitID{}
	for i := range units {
		ids[units[i].ID] = unitID(byte(200 + i))
		units[i].ID, units[i].Parent = ids[units[i].ID], ids[units[i].Parent]
	}
	return mustTown(tb, units)
}

// Unit is the town's unit that has the code of another's.
func (t *Town) Unit(like tree.Unit) tree.Unit {
	u, _ := t.Tree.ByCode(like.Code)
	return u
}

func mustTown(tb testing.TB, units []tree.Unit) *Town {
	tb.Helper()
	t := &Town{Clock: &Clock{at: time.Unix(1800000000, 0)}, RootDir: tb.TempDir(), units: units}
	t.Tree = must(tree.New(units))(tb)
	t.Schema = must(schema.Load())(tb)
	name := must(identity.NewNetwork(City.Code, nil))(tb)
	authority := must(identity.Found(t.RootDir, name, t.options()))(tb)
	places := identitytest.NewMemory()
	for _, u := range units {
		p := identity.Place{Level: int(u.Level), RootUnit: t.Tree.Root().ID, Parents: []identity.Parent{}}
		for _, up := range t.Tree.Ancestors(u.ID) {
			p.Parents = append(p.Parents, identity.Parent{Unit: up, Address: hubAddress.Address, Web: hubAddress.Web})
		}
		places.SetPlace(u.ID, p)
	}
	t.root = identity.NewRoot(authority, places, t.options())
	t.mustJoin(tb, t.RootDir, t.Tree.Root())
	return t
}

func (t *Town) options() identity.Options {
	return identity.Options{Key: Vault().Key(vault.Identity), Now: t.Clock.Now}
}

// MustJoin makes a directory that has joined as a device of the unit.
func (t *Town) MustJoin(tb testing.TB, unit tree.Unit) string {
	tb.Helper()
	dir := tb.TempDir()
	t.mustJoin(tb, dir, unit)
	return dir
}

func (t *Town) mustJoin(tb testing.TB, dir string, unit tree.Unit) {
	tb.Helper()
	keys := must(identity.Create(dir, t.options()))(tb)
	token := must(t.root.Invite(tb.Context(), unit.ID, 0))(tb)
	if err := identity.Join(tb.Context(), keys, token, t.root, hubAddress); err != nil {
		tb.Fatal(err)
	}
}

// MustOpen opens a directory; the test closes it.
func (t *Town) MustOpen(tb testing.TB, dir string) *replica.Replica {
	tb.Helper()
	s := must(replica.Open(t.Config(tb, dir)))(tb)
	tb.Cleanup(func() { _ = s.Close() }) // a test may have closed it
	return s
}

// Vault is what every directory of a town is encrypted with.
func Vault() *vault.Vault { return vault.New(vault.Key{1}) }

// Config is how a directory of the town is opened.
func (t *Town) Config(tb testing.TB, dir string) replica.Config {
	tb.Helper()
	keys := must(identity.Open(dir, t.options()))(tb)
	return replica.Config{Dir: dir, Vault: Vault(), Hub: keys.Placement().Level < int(tree.Community), New: true, Schema: t.Schema, Now: t.Clock.Now, Log: slog.New(slog.DiscardHandler)}
}

// MustCity opens the root and has it say which units there are.
func (t *Town) MustCity(tb testing.TB) *replica.Replica {
	tb.Helper()
	s := t.MustOpen(tb, t.RootDir)
	if err := root.NewAdmission(s).PutUnits(tb.Context(), t.units); err != nil {
		tb.Fatal(err)
	}
	return s
}

// MustReplica joins and opens a device of the unit that knows the tree.
func (t *Town) MustReplica(tb testing.TB, city *replica.Replica, unit tree.Unit) *replica.Replica {
	tb.Helper()
	s := t.MustOpen(tb, t.MustJoin(tb, unit))
	t.MustCarry(tb, city, s)
	return s
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

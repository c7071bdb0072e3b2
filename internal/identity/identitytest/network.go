package identitytest

import (
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/identity"
)

// Network is a founded network with the tree city - street - community.
type Network struct {
	City, Street, Community change.UnitID

	Authority *identity.Authority
	Registry  *Memory
	Root      *identity.Root
	Own       *identity.Keystore // of the root
	Options   identity.Options
}

// Key encrypts the private keys of the tests.
var Key = [32]byte{1}

// MustFound makes a network in temporary directories.
func MustFound(tb testing.TB, opts identity.Options) *Network {
	tb.Helper()
	if opts.Key == ([32]byte{}) {
		opts.Key = Key
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	n := &Network{
		City: change.NewUnitID([10]byte{2}), Street: change.NewUnitID([10]byte{4}), Community: change.NewUnitID([10]byte{5}),
		Registry: NewMemory(), Options: opts,
	}
	name, err := identity.NewNetwork("990100000000", opts.Random)
	if err != nil {
		tb.Fatal(err)
	}
	if n.Authority, err = identity.Found(tb.TempDir(), name, opts); err != nil {
		tb.Fatal(err)
	}
	n.Root = identity.NewRoot(n.Authority, n.Registry, opts)
	n.addUnits()
	n.Own = n.MustJoin(tb, n.City)
	return n
}

func (n *Network) addUnits() {
	city := identity.Parent{Unit: n.City, Address: "city.example:7001", Web: "city.example:7002"}
	street := identity.Parent{Unit: n.Street, Address: "street.example:7001", Web: "street.example:7002"}
	n.Registry.SetPlace(n.City, identity.Place{Level: 2, RootUnit: n.City, Parents: []identity.Parent{}})
	n.Registry.SetPlace(n.Street, identity.Place{Level: 4, RootUnit: n.City, Parents: []identity.Parent{city}})
	n.Registry.SetPlace(n.Community, identity.Place{Level: 5, RootUnit: n.City, Parents: []identity.Parent{street, city}})
}

// MustInvite makes a token for the unit.
func (n *Network) MustInvite(tb testing.TB, unit change.UnitID) identity.Token {
	tb.Helper()
	t, err := n.Root.Invite(tb.Context(), unit, 0)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// MustJoin makes a device of the unit.
func (n *Network) MustJoin(tb testing.TB, unit change.UnitID) *identity.Keystore {
	tb.Helper()
	k := n.MustCreate(tb)
	if err := identity.Join(tb.Context(), k, n.MustInvite(tb, unit), n.Root, identity.Listen{}); err != nil {
		tb.Fatal(err)
	}
	return k
}

// MustCreate makes a keystore that has not joined.
func (n *Network) MustCreate(tb testing.TB) *identity.Keystore {
	tb.Helper()
	k, err := identity.Create(tb.TempDir(), n.Options)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

// Package access is where rights are decided, and the only place. Each right is
// one sentence:
//
//   - Connect: a device links with the hubs of the units above its own, while
//     neither end is revoked and the certificate it came with is in date.
//   - Bring: a link carries upward what units at or below the child have said,
//     and both ways what is said to the child, to units below it and to units
//     above it. A unit that was merged counts as one below its heir, whose streams
//     do not come to it.
//   - Say: a device speaks to its own unit and to those below.
//   - Write: a unit writes the kinds of record that name its tier, in the records
//     that it holds or that nobody holds; units, devices, refusals, publications,
//     programs' access and receipts are the city's alone, and what a device says of
//     itself is its own.
//   - Give: households and persons are given to a community that stands.
//   - Ask: a unit asks about its own subtree and about nothing else.
//   - Program: a program asks, until its access ends, about the kinds it was given, in
//     its unit's subtree, as far as that is also the subtree of the hub that answers.
//
// What somebody may not do is fault.Denied. The functions are given what is known
// at the moment they are asked, the tree and the revocations above all, and keep
// nothing: who moves or is revoked has the other rights from the next question on.
// Signatures, chains and certificates are checked elsewhere, before.
package access

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Tree is the unit tree, as far as rights need it.
type Tree interface {
	// Below reports whether unit stands at or below top. A unit that was merged stands
	// below its heir.
	Below(top, unit change.UnitID) bool
	// Heir is the unit that has taken the place of a merged one, and any other itself.
	Heir(unit change.UnitID) change.UnitID
	// Stood reports whether unit stands below top or has ever done: what a unit above has
	// said to it then is whole, wherever it comes from.
	Stood(top, unit change.UnitID) bool
}

// Party is a device, as it is known at the moment of the question.
type Party struct {
	Unit    change.UnitID
	Device  change.DeviceID
	Revoked bool // by the city
	Expired bool // the certificate that it has shown
}

// Active returns Denied for a device that is revoked or whose certificate has
// expired: it may do nothing.
func Active(who Party) error {
	switch {
	case who.Revoked:
		return revoked(who.Device)
	case who.Expired:
		return expired(who.Device)
	}
	return nil
}

func revoked(d change.DeviceID) *fault.Error {
	return fault.New(fault.Denied, "device %s is revoked", d)
}

func expired(d change.DeviceID) *fault.Error {
	return fault.New(fault.Denied, "the certificate of device %s has expired", d)
}

// isHeir reports whether a unit has taken the place of another.
func isHeir(t Tree, heir, unit change.UnitID) bool { return heir != unit && t.Heir(unit) == heir }

// under reports whether the unit stands below top and is not top itself.
func under(t Tree, top, unit change.UnitID) bool { return top != unit && t.Below(top, unit) }

package identitytest_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
)

func TestMemory(t *testing.T) {
	unit := change.NewUnitID([10]byte{5})
	identitytest.TestRegistry(t, unit, func(testing.TB) identity.Registry {
		m := identitytest.NewMemory()
		m.SetPlace(unit, identity.Place{Level: 5, RootUnit: change.NewUnitID([10]byte{2})})
		return m
	})
}

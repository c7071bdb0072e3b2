package identitytest

import (
	"errors"
	"sync"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
)

// TestRegistry runs what every Registry must keep. open returns an empty
// registry whose tree has the unit.
func TestRegistry(t *testing.T, unit change.UnitID, open func(testing.TB) identity.Registry) {
	t.Run("place", func(t *testing.T) { testPlace(t, unit, open(t)) })
	t.Run("admit", func(t *testing.T) { testAdmit(t, unit, open(t)) })
	t.Run("failed decision", func(t *testing.T) { testFailed(t, unit, open(t)) })
	t.Run("one success", func(t *testing.T) { testOneSuccess(t, unit, open(t)) })
}

var ticketID = identity.TicketID{1, 2, 3}

func device(n byte) identity.Device {
	key := make([]byte, 32)
	key[0] = n
	return identity.Device{ID: change.DeviceOf(key), Key: key, Name: "made up", Enrolled: 1700000000000}
}

func testPlace(t *testing.T, unit change.UnitID, r identity.Registry) {
	if p, err := r.Place(t.Context(), unit); err != nil || p.Level < 2 || p.Level > 5 || p.RootUnit.Validate() != nil {
		t.Errorf("Place of a known unit: got %+v, %v", p, err)
	}
	if _, err := r.Place(t.Context(), change.NewUnitID([10]byte{99})); fault.Of(err) != fault.NotFound {
		t.Errorf("Place of an unknown unit: got %v, want not-found", err)
	}
	if _, err := r.Device(t.Context(), device(9).ID); fault.Of(err) != fault.NotFound {
		t.Errorf("Device that never joined: got %v, want not-found", err)
	}
}

func testAdmit(t *testing.T, unit change.UnitID, r identity.Registry) {
	if _, err := r.Ticket(t.Context(), ticketID); fault.Of(err) != fault.NotFound {
		t.Errorf("Ticket that was never put: got %v, want not-found", err)
	}
	ticket, want := mustPut(t, r, unit), device(1)
	if got, err := r.Ticket(t.Context(), ticketID); err != nil || got != ticket {
		t.Errorf("Ticket: got %+v, %v, want %+v", got, err, ticket)
	}
	want.Unit = unit
	err := r.Admit(t.Context(), ticketID, want.ID, func(got *identity.Ticket, d *identity.Device) (identity.Ticket, identity.Device, error) {
		if got == nil || *got != ticket || d != nil {
			t.Errorf("decide got %+v, %+v, want %+v and no device", got, d, ticket)
		}
		used := ticket
		used.UsedBy = want.ID
		return used, want, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Device(t.Context(), want.ID)
	if err != nil || got.ID != want.ID || got.Unit != unit || string(got.Key) != string(want.Key) || got.Enrolled != want.Enrolled || got.Revoked {
		t.Errorf("Device: got %+v, %v, want %+v", got, err, want)
	}
}

func testFailed(t *testing.T, unit change.UnitID, r identity.Registry) {
	mustPut(t, r, unit)
	refused := fault.New(fault.Denied, "refused")
	err := r.Admit(t.Context(), ticketID, device(1).ID, func(*identity.Ticket, *identity.Device) (identity.Ticket, identity.Device, error) {
		return identity.Ticket{}, device(1), refused
	})
	if !errors.Is(err, refused) {
		t.Errorf("Admit: got %v, want the decision's error", err)
	}
	if _, err := r.Device(t.Context(), device(1).ID); fault.Of(err) != fault.NotFound {
		t.Errorf("Device after a refusal: got %v, want not-found", err)
	}
	err = r.Admit(t.Context(), identity.TicketID{7}, device(1).ID, func(got *identity.Ticket, _ *identity.Device) (identity.Ticket, identity.Device, error) {
		if got != nil {
			t.Errorf("an unknown ticket: got %+v", got)
		}
		return identity.Ticket{}, identity.Device{}, refused
	})
	if fault.Of(err) != fault.Denied {
		t.Errorf("Admit: got %v, want denied", err)
	}
}

// testOneSuccess lets many devices run for one ticket.
func testOneSuccess(t *testing.T, unit change.UnitID, r identity.Registry) {
	mustPut(t, r, unit)
	var wg sync.WaitGroup
	won := make([]bool, 20)
	for i := range won {
		wg.Go(func() {
			d := device(byte(i))
			d.Unit = unit
			won[i] = r.Admit(t.Context(), ticketID, d.ID, func(ticket *identity.Ticket, _ *identity.Device) (identity.Ticket, identity.Device, error) {
				if ticket.UsedBy != "" && ticket.UsedBy != d.ID {
					return identity.Ticket{}, identity.Device{}, fault.New(fault.Denied, "used")
				}
				used := *ticket
				used.UsedBy = d.ID
				return used, d, nil
			}) == nil
		})
	}
	wg.Wait()
	count := 0
	for i, ok := range won {
		_, err := r.Device(t.Context(), device(byte(i)).ID)
		if ok != (err == nil) {
			t.Errorf("device %d: admitted %v, but Device says %v", i, ok, err)
		}
		if ok {
			count++
		}
	}
	if count != 1 {
		t.Errorf("got %d devices in with one ticket, want 1", count)
	}
}

func mustPut(t *testing.T, r identity.Registry, unit change.UnitID) identity.Ticket {
	t.Helper()
	ticket := identity.Ticket{ID: ticketID, Unit: unit, Expires: 1800000000000}
	if err := r.PutTicket(t.Context(), ticket); err != nil {
		t.Fatal(err)
	}
	return ticket
}

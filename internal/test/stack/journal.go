package stack

import (
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/system"
)

// Recorded is what the city's journal says of the clerks' writes.
type Recorded struct {
	Marks   map[string]int  // mark -> how many changes bring it
	Refused map[string]bool // marks whose change the city refused
	Changes int             // of the kind the clerks write
}

// changeKey names a change by its stream and sequence.
type changeKey struct {
	stream string
	seq    int64
}

// MustRecorded reads the city's journal from its first arrival to its last.
func (w *World) MustRecorded() Recorded {
	w.TB.Helper()
	r := Recorded{Marks: map[string]int{}, Refused: map[string]bool{}}
	marks, refused := map[changeKey]string{}, map[changeKey]bool{}
	w.City.mustScan(func(in change.Stream, seq uint64, c *change.Change) {
		switch c.Kind {
		case Kind:
			mark := c.Fields.Get("remark").Text()
			r.Marks[mark]++
			r.Changes++
			marks[changeKey{in.String(), int64(seq)}] = mark
		case system.RefusalKind:
			refused[changeKey{c.Fields.Get("stream").Text(), c.Fields.Get("seq").Int()}] = true
		}
	})
	for at := range refused {
		r.Refused[marks[at]] = true
	}
	return r
}

// MustHold counts the changes of clerks at another device that this one's journal
// has in batches.
func (d *Device) MustHold(of *Device) (held uint64) {
	d.World.TB.Helper()
	d.mustScan(func(in change.Stream, _ uint64, c *change.Change) {
		if c.Kind == Kind && in.Device == of.Replica.Keys.Device() {
			held++
		}
	})
	return held
}

// mustScan visits every change in the journal's batches in order of arrival.
func (d *Device) mustScan(fn func(in change.Stream, seq uint64, c *change.Change)) {
	d.World.TB.Helper()
	after, more := uint64(0), true
	var err error
	for more && err == nil {
		err = d.Replica.Journal.View(func(tx *journal.Tx) error {
			arrivals, err := tx.Arrivals(after, 256)
			more = len(arrivals) > 0
			for _, a := range arrivals {
				batches, err := tx.Batches(a.Stream, a.First-1, 1)
				if err != nil {
					return err
				}
				changes, err := batches[0].Changes()
				if err != nil {
					return err
				}
				for i, c := range changes {
					fn(a.Stream, a.First+uint64(i), c)
				}
				after = a.No
			}
			return err
		})
	}
	if err != nil {
		d.World.TB.Fatalf("read the journal of %s: %v", d.Name, err)
	}
}

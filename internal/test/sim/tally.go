package sim

import "time"

// Tally is what a world has been through, in numbers.
type Tally struct {
	Events, Messages int
	Days             int
	Saved            int           // changes told as saved
	Lost             int           // of them neither at the city nor excused
	Twice            int           // written again after a clone or an older copy
	Excused          int           // of which the only copy was on a disk that was lost
	Aside            int           // that stand in evidence only
	Refused          int           // by the city
	Forks            int           // histories that gave way
	Disks            int           // lost, restored or replaced by an older copy
	Epochs           int           // begun by the city after its first
	Made, Sent       int           // bytes of batches
	Lies, Spoken     int           // changes that liars wrote, and what they said on lines
	Drain            time.Duration // the slowest
}

// Tally counts.
func (w *World) Tally() Tally {
	t := w.truth
	y := Tally{Events: w.done, Days: int(w.now / day), Forks: t.forks, Disks: t.disks, Sent: w.tracer.bytes, Aside: len(t.onlyAside), Excused: len(t.excused)}
	for _, n := range w.tracer.sums {
		y.Messages += n
	}
	at := w.deedsAtCity()
	for _, d := range t.deeds {
		switch {
		case !d.saved:
			continue
		case len(at[d.number]) > 1:
			y.Twice++
		case len(at[d.number]) == 0 && d.raw == nil && t.excused[d.number] == "" && !t.onlyAside[d.number]:
			y.Lost++
		}
		y.Saved++
	}
	for _, b := range t.sealed {
		y.Made += len(b.Bytes())
	}
	for _, n := range t.drains {
		y.Drain = max(y.Drain, n)
	}
	city := w.City().dir.city
	y.Lies, y.Spoken = w.liars.wrote, w.liars.spoke
	y.Epochs, y.Refused = int(city.epoch)-1, t.refusals
	return y
}

// Add counts another world in.
func (y *Tally) Add(o Tally) {
	y.Events += o.Events
	y.Messages += o.Messages
	y.Days += o.Days
	y.Saved += o.Saved
	y.Lost += o.Lost
	y.Twice += o.Twice
	y.Excused += o.Excused
	y.Aside += o.Aside
	y.Refused += o.Refused
	y.Forks += o.Forks
	y.Disks += o.Disks
	y.Epochs += o.Epochs
	y.Made += o.Made
	y.Lies += o.Lies
	y.Spoken += o.Spoken
	y.Sent += o.Sent
	y.Drain = max(y.Drain, o.Drain)
}

// Overhead is how often a byte of a batch was sent: three tiers make three.
func (y *Tally) Overhead() float64 {
	if y.Made == 0 {
		return 0
	}
	return float64(100*y.Sent/y.Made) / 100
}

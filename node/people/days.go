package people

import (
	"sync/atomic"
	"time"

	"tongbu/node/replica"
)

// dayFor is how long a day is taken for today's without looking again.
const dayFor = time.Minute

// days says which day it is in the network's zone, without the journal but once a
// minute.
type days struct {
	at   *replica.Replica
	last atomic.Pointer[day]
}

type day struct {
	date  string
	asked time.Time
}

func (d *days) today() (string, error) {
	now := d.at.Now()
	if last := d.last.Load(); last != nil {
		if since := now.Sub(last.asked); since >= 0 && since < dayFor {
			return last.date, nil
		}
	}
	date, err := d.at.Day()
	if err != nil {
		return "", err
	}
	d.last.Store(&day{date, now})
	return date, nil
}

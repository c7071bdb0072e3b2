package rows

import (
	"context"

	"tongbu/bench/table"
)

// Restart starts the program on the directory of a city that has run for
// years, after an orderly end and after a power cut.
func Restart(ctx context.Context, e *Env) ([]table.Entry, error) {
	n := e.size(20_000, 5_000_000, 5_000_000)
	c, err := e.grownCity(ctx, n)
	if err != nil {
		return nil, err
	}
	orderly, crashed := 0.0, 0.0
	for i := range e.tries() {
		p, err := e.serve(c.City.Dir)
		if err != nil {
			return nil, err
		}
		if ready := p.Ready.Seconds(); i == 0 || ready < orderly {
			orderly = ready
		}
		p.Kill()
		if p, err = e.serve(c.City.Dir); err != nil {
			return nil, err
		}
		if ready := p.Ready.Seconds(); i == 0 || ready < crashed {
			crashed = ready
		}
		if err := p.Stop(); err != nil {
			return nil, err
		}
	}
	return []table.Entry{
		table.Told("ready after an orderly end", orderly, "s").AtMost(3).With("%d changes in the journal", c.held),
		table.Told("ready after a power cut", crashed, "s").With("the whole journal is checked first"),
		c.rebuild, c.derived,
	}, nil
}

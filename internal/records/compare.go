package records

import (
	"bytes"
	"context"

	"tongbu/internal/fault"
	"tongbu/internal/merge"
)

// Comparison holds states that stand somewhere against what the journal makes
// of its changes, while writers may go on.
type Comparison struct {
	Source
	// Changes is about how many the journal has; it decides how many runs are
	// made, to bound the memory.
	Changes int
	// Read returns the encoded state that stands, nil when there is none.
	Read func(ctx context.Context, k Key) ([]byte, error)
	// Names lists the records that stand; nil: only those of the journal are
	// compared.
	Names func(fn func(Key) error) error
	// Settle waits until all that the journal holds is in the states; nil:
	// they move together.
	Settle func(ctx context.Context) error
}

// Bounds of a comparison.
const (
	recordsAtOnce = 100_000
	maxRounds     = 5
)

// Run returns how many records were compared, and those that are not what
// the journal makes of them.
func (c *Comparison) Run(ctx context.Context) (compared int, wrong []Key, err error) {
	of := uint32(c.Changes/recordsAtOnce) + 1
	for n := range of {
		count, suspects, err := c.part(ctx, Part{N: n, Of: of})
		if err == nil {
			suspects, err = c.convict(ctx, suspects)
		}
		if err != nil {
			return compared, wrong, err
		}
		compared, wrong = compared+count, append(wrong, suspects...)
	}
	return compared, wrong, nil
}

// part finds the records of a part that differ at first sight.
func (c *Comparison) part(ctx context.Context, part Part) (compared int, suspects []Key, err error) {
	from := c.Source
	from.Of = func(k Key) bool { return part.has(k) && (c.Of == nil || c.Of(k)) }
	made, err := Replay(ctx, from)
	if err != nil {
		return 0, nil, err
	}
	if err := c.settle(ctx); err != nil {
		return 0, nil, err
	}
	for k, want := range made {
		got, err := c.Read(ctx, k)
		if err != nil {
			return 0, nil, err
		}
		if !bytes.Equal(got, want.Encode()) {
			suspects = append(suspects, k)
		}
	}
	if c.Names == nil {
		return len(made), suspects, nil
	}
	err = c.Names(func(k Key) error {
		if from.Of(k) && made[k] == nil {
			suspects = append(suspects, k)
		}
		return nil
	})
	return len(made), suspects, err
}

// convict looks at suspects again: a record that was written meanwhile differs
// too. What moves all the time is alive, not damaged.
func (c *Comparison) convict(ctx context.Context, suspects []Key) (wrong []Key, err error) {
	for round := 0; round < maxRounds && len(suspects) > 0; round++ {
		var found []Key
		if found, suspects, err = c.round(ctx, suspects); err != nil {
			return nil, err
		}
		wrong = append(wrong, found...)
	}
	return wrong, nil
}

// round judges the suspects that stood still while the journal was replayed
// and were up to date at the end: they must be what the replay made. The
// others moved.
func (c *Comparison) round(ctx context.Context, suspects []Key) (wrong, moved []Key, err error) {
	before, err := c.states(ctx, suspects)
	if err != nil {
		return nil, nil, err
	}
	from := c.Source
	from.Of = func(k Key) bool { _, ok := before[k]; return ok }
	made, err := Replay(ctx, from)
	if err != nil {
		return nil, nil, err
	}
	if err := c.settle(ctx); err != nil {
		return nil, nil, err
	}
	after, err := c.states(ctx, suspects)
	for k, was := range before {
		switch {
		case !bytes.Equal(was, after[k]):
			moved = append(moved, k)
		case !bytes.Equal(was, encoded(made[k])):
			wrong = append(wrong, k)
		}
	}
	return wrong, moved, err
}

func (c *Comparison) states(ctx context.Context, keys []Key) (map[Key][]byte, error) {
	states := make(map[Key][]byte, len(keys))
	for _, k := range keys {
		raw, err := c.Read(ctx, k)
		if err != nil {
			return nil, err
		}
		states[k] = raw
	}
	return states, nil
}

func (c *Comparison) settle(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap("compare records", err)
	}
	if c.Settle == nil {
		return nil
	}
	return c.Settle(ctx)
}

func encoded(r *merge.Record) []byte {
	if r == nil {
		return nil
	}
	return r.Encode()
}

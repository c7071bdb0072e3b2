package reports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/report"
	"tongbu/internal/tree"
)

// figures are what was counted of a unit and of those below it.
type figures struct {
	units   []tree.Unit
	figures []report.Figure
	rules   report.Rules
	digest  string
}

// figures counts a unit and those below it: the parts of an upper unit are the sum of
// those below, and its own.
func (c *counting) figures(ctx context.Context, scope change.UnitID, d days) (f figures, err error) {
	f.units = c.tree.Units(scope)
	made, err := c.all(ctx, f.units, d)
	if err != nil {
		return f, err
	}
	total := map[change.UnitID]*sums{}
	for _, u := range f.units {
		total[u.ID] = &sums{report.Parts{}, report.Parts{}}
	}
	for i, u := range f.units {
		for level := tree.City; level <= u.Level; level++ {
			if at, is := c.tree.At(u.ID, level); is && total[at.ID] != nil {
				total[at.ID].on.AddAll(made[i].sums.on)
				total[at.ID].before.AddAll(made[i].sums.before)
			}
		}
	}
	ledgers := report.Ledgers(c.schema)
	for _, u := range f.units {
		if u.Merged() { // counted at its heir
			continue
		}
		f.figures = append(f.figures, report.FiguresOf(u.Code, ledgers, total[u.ID].on, total[u.ID].before)...)
	}
	f.rules, f.digest = c.rulesOf(f.units), digestOf(f.units, made)
	return f, nil
}

// rulesOf are the versions by which is counted for units.
func (c *counting) rulesOf(units []tree.Unit) report.Rules {
	published, of := c.book.Published().Digest(), treeDigest(units)
	return report.Rules{Facts: facts.Version, Schema: c.schema.Version(), Published: hex.EncodeToString(published[:]), Tree: hex.EncodeToString(of[:])}
}

// treeDigest is over the units in the order of the tree.
func treeDigest(units []tree.Unit) change.Hash {
	of := sha256.New()
	for _, u := range units {
		_, _ = fmt.Fprintf(of, "%s %s %s %q\n", u.ID, u.Code, u.Parent, u.Name) // a hash takes all
		if u.Merged() {
			_, _ = fmt.Fprintf(of, "%s\n", u.Heir)
		}
	}
	return change.Hash(of.Sum(nil))
}

// digestOf is over what was counted of all units.
func digestOf(units []tree.Unit, made []counted) string {
	of := sha256.New()
	for i, u := range units {
		_, _ = fmt.Fprintf(of, "%s %x\n", u.ID, made[i].digest)
	}
	return hex.EncodeToString(of.Sum(nil))
}

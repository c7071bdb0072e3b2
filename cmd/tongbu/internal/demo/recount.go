package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/report"
	"tongbu/internal/sample"
)

// playReport makes the report of the month that is over, lets an event of it arrive late,
// counts the report again, and has named what has come.
func playReport(ctx context.Context, c *City) (string, error) {
	m, err := c.months()
	if err != nil {
		return "", err
	}
	out, err := c.cfg.Command(ctx, "report", "make", "--dir", c.root.dir, "--period", m.last)
	if err != nil {
		return "", fault.Wrap("make a report", err)
	}
	id := strings.TrimSpace(out)
	d := c.helped()[0].desk
	c.voice.printLine("the city has signed report %.16s of %s; now %s enters a job that was begun in that month", id, m.last, d)
	late := sample.Record{ID: "demo-late", Object: map[string]any{"person": "demo-laid-off-2", "on": m.last + "-20", "line": "01", "employer_name": "沿湖商场", "form": "010"}}
	if err := d.putRecords(ctx, "placement", []sample.Record{late}); err != nil {
		return "", err
	}
	if err := c.recorded(ctx, d.site); err != nil {
		return "", err
	}
	out, err = c.cfg.Command(ctx, "report", "recount", "--dir", c.root.dir, id, "--json")
	var again report.Recount
	if err == nil {
		err = json.Unmarshal([]byte(out), &again)
	}
	if err != nil || again.Result != report.Equal {
		return "", fault.New(fault.Internal, "the report counted again: want equal, got %s, %v", again.Result, err)
	}
	moved, err := c.moved(ctx, id)
	if err != nil {
		return "", err
	}
	if len(moved) != 1 || moved[0].Class != report.Late || moved[0].Kind != "placement" || moved[0].Unit != d.unit.Code {
		return "", fault.New(fault.Internal, "what has moved the figures: want one late placement of %s, got %d records", d, len(moved))
	}
	return fmt.Sprintf("the report of %s, counted again after a late event, gives the same figures from the same positions; the difference to now is exactly that placement of %s, which moves %d of them", m.last, d, len(moved[0].Figures)), nil
}

// moved is what has moved the figures of a report since.
func (c *City) moved(ctx context.Context, id string) (all []report.Difference, err error) {
	out, err := c.cfg.Command(ctx, "report", "diff", "--dir", c.root.dir, id)
	if err != nil {
		return nil, fault.Wrap("compare a report", err)
	}
	for line := range strings.Lines(out) {
		var d report.Difference
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			return nil, fault.As(fault.Internal, "read a difference", err)
		}
		all = append(all, d)
	}
	return all, nil
}

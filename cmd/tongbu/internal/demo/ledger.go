package demo

import (
	"context"
	"fmt"
	"path/filepath"

	"tongbu/internal/fault"
	"tongbu/internal/sample"
)

// Command runs a command of the program as a clerk types it, and returns what it
// prints for programs.
type Command func(ctx context.Context, args ...string) (out string, err error)

// lostWork is when the person of the story lost it.
const lostWork = "2026-01-15"

// playLedger fills in a form off the line, and prints the ledger that follows from it.
func playLedger(ctx context.Context, c *City) (string, error) {
	d := c.below(c.severed)[0]
	const number = "demo-form"
	home := sample.Record{ID: number, Object: map[string]any{"form_no": d.unit.Code + "2026900001", "head_name": "周小川", "address": "磁湖路8号",
		"people": 1, "survey_date": "2026-02-01", "low_income": false}}
	who := sample.Record{ID: number, Object: map[string]any{"household": number, "name": "周小川", "sex": "1", "birth_date": "1974-05-06", "relation": "02",
		"hukou": "10", "labour_ability": "1", "job_wish": "1", "training_wish": "1"}}
	loss := sample.Record{ID: number, Object: map[string]any{"person": number, "on": lostWork, "reason": "20", "employer_name": "华新水泥厂"}}
	for _, one := range []struct {
		kind   string
		record sample.Record
	}{{"household", home}, {"person", who}, {"unemployment", loss}} {
		if err := d.putRecords(ctx, one.kind, []sample.Record{one.record}); err != nil {
			return "", err
		}
	}
	d.changes++ // the person's record repeats the status that the loss gives
	d.households = append(d.households, d.names("household", []sample.Record{home})...)
	d.persons = append(d.persons, d.names("person", []sample.Record{who})...)
	c.voice.printLine("%s fills in a form and records a loss of work; nobody writes the ledger", d)
	file := filepath.Join(c.dir, "ledger-1.xlsx")
	rows, err := c.lines(ctx, "list", "--dir", d.dir, "ledger_unemployed", "--filter", `loss_on = "`+lostWork+`"`)
	if err != nil {
		return "", err
	}
	if rows != 1 {
		return "", fault.New(fault.Internal, "the ledger of %s: want 1 row of the loss of work, got %d", d, rows)
	}
	if _, err := c.cfg.Command(ctx, "export", "--dir", d.dir, "ledger_unemployed", "--print", file); err != nil {
		return "", fault.Wrap("print the ledger", err)
	}
	return fmt.Sprintf("a household, a person and a loss of work were entered once, off the line; the ledger of the laid-off has its row, printed with title, two header rows and tail into %s", filepath.Base(file)), nil
}

// lines counts the lines that a command prints.
func (c *City) lines(ctx context.Context, args ...string) (n int, err error) {
	out, err := c.cfg.Command(ctx, args...)
	for _, b := range []byte(out) {
		if b == '\n' {
			n++
		}
	}
	return n, fault.Wrap(args[0], err)
}

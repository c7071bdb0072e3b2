package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/sample"
	"tongbu/node/socket"
)

// desk is a community and what was captured there. One goroutine at a time
// captures at a desk.
type desk struct {
	*site
	share      int // households it is to capture in all
	next       int // the household to begin with
	households []string
	persons    []string
	changes    uint64 // records put, each of them one change
}

// stated is how many changes a device writes of itself: what its program reads.
const stated = 1

// together is how many households are put in one go: a page of the survey.
const together = 5

// capture puts households until the desk has so many, with everybody in them.
func (d *desk) capture(ctx context.Context, m *sample.Maker, upTo int, saved func(households int)) error {
	for d.next < upTo {
		n := min(together, upTo-d.next)
		var households, persons []sample.Record
		for i := range n {
			h := sample.OfToday(m.Household(d.unit.Code, d.next+i))
			households, persons = append(households, h.Record), append(persons, h.Persons...)
		}
		if err := d.putRecords(ctx, "household", households); err != nil {
			return err
		}
		if err := d.putRecords(ctx, "person", persons); err != nil {
			return err
		}
		d.next += n
		d.households, d.persons = append(d.households, d.names("household", households)...), append(d.persons, d.names("person", persons)...)
		saved(n)
	}
	return nil
}

// names are those of records that the desk calls by numbers of its own.
func (d *desk) names(kind string, records []sample.Record) (names []string) {
	for _, r := range records {
		names = append(names, string(change.NumberedRecordID(d.unit.ID, kind, r.ID)))
	}
	return names
}

// putRecords hands records to the serving process as tongbu put does, and wants all
// of them saved.
func (d *desk) putRecords(ctx context.Context, kind string, records []sample.Record) error {
	var lines bytes.Buffer
	for _, r := range records {
		object := maps.Clone(r.Object)
		object["id"] = r.ID
		if err := json.NewEncoder(&lines).Encode(object); err != nil {
			return fault.As(fault.Internal, "write a record", err)
		}
	}
	saved, err := put(ctx, d.dir, kind, &lines)
	if err == nil && saved != len(records) {
		err = fault.New(fault.Internal, "%s: want %d %s records saved, got %d", d, len(records), kind, saved)
	}
	d.changes += uint64(saved)
	return fault.Wrap("capture", err)
}

// put sends JSON Lines to the process that serves a directory and counts what
// it has saved.
func put(ctx context.Context, dir, kind string, lines io.Reader) (saved int, err error) {
	client, err := socket.Dial(ctx, dir)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	err = client.Lines(ctx, http.MethodPost, "/put/"+kind, lines, func([]byte) error {
		saved++
		return nil
	})
	return saved, err
}

// visit changes one field of the desk's first household.
func (d *desk) visit(ctx context.Context, remark string) error {
	if len(d.households) == 0 {
		return fault.New(fault.NotFound, "%s has captured no household to visit", d)
	}
	return d.putRecords(ctx, "household", []sample.Record{{ID: d.households[0], Object: map[string]any{"remark": remark}}})
}

package reports

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/report"
)

// Tables of the journal's file, by the ids of the reports, encrypted as it is and in its
// backups: the reports, each compressed and in pieces, and what a list says of them.
const (
	table      = "reports"
	linesTable = "report_lines"
)

// idLength is the length of an id, which a key begins with.
const idLength = 64

func pieceKey(id string, n int) []byte { return fmt.Appendf(nil, "%s/%04d", id, n) }

// minID is the least part of an id by which a report is named.
const minID = 8

// keep stores a report that was made here.
func (r *Reports) keep(ctx context.Context, s *report.Signed, of *report.Report) error {
	packed, err := pack(s)
	if err != nil {
		return err
	}
	line := LineOf(s.ID(), of)
	return r.at.Journal.Update(ctx, func(tx *journal.Tx) error {
		n := 0
		for piece := range slices.Chunk(packed, journal.MaxTableValue) {
			if err := tx.Table(table).Put(pieceKey(s.ID(), n), piece); err != nil {
				return err
			}
			n++
		}
		return putLine(tx, line)
	})
}

// putLine keeps what a list says of a report, behind those that are there.
func putLine(tx *journal.Tx, line Line) error {
	err := tx.Table(linesTable).Ascend(nil, nil, func(_, _ []byte) error {
		line.Number++
		return nil
	})
	if err != nil {
		return err
	}
	line.Number++
	raw, err := json.Marshal(line)
	if err != nil {
		return fault.As(fault.Internal, "write a report", err)
	}
	return tx.Table(linesTable).Put([]byte(line.Report), raw)
}

func pack(s *report.Signed) ([]byte, error) {
	if len(s.Report) > report.MaxReport {
		return nil, fault.New(fault.Exhausted, "the report has %d MB, more than is kept", len(s.Report)>>20).WithHint("make reports of the units below with --scope")
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, fault.As(fault.Internal, "write a report", err)
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fault.As(fault.Internal, "write a report", err)
	}
	defer w.Close() //nolint:errcheck // it writes to nothing
	return w.EncodeAll(raw, nil), nil
}

func unpack(packed []byte) (*report.Signed, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(report.MaxSigned))
	if err != nil {
		return nil, fault.As(fault.Internal, "read a report", err)
	}
	defer d.Close()
	raw, err := d.DecodeAll(packed, nil)
	if err != nil {
		return nil, fault.As(fault.Damaged, "read a report", err)
	}
	var s report.Signed
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fault.As(fault.Damaged, "read a report", err)
	}
	return &s, nil
}

// Show returns a report that was made here, by its id or the beginning of it. It returns
// NotFound, and Invalid for a beginning that several have.
func (r *Reports) Show(id string) (*report.Signed, error) {
	missing := fault.New(fault.NotFound, "there is no such report here").WithHint("tongbu report list shows those that were made here")
	if len(id) < minID || strings.Trim(id, "0123456789abcdef") != "" {
		return nil, missing
	}
	var packed []byte
	var found string
	err := r.at.Journal.View(func(tx *journal.Tx) error {
		return tx.Table(table).Ascend([]byte(id), []byte(id), func(key, piece []byte) error {
			of := string(key[:min(idLength, len(key))])
			if found != "" && found != of {
				return fault.New(fault.Invalid, "several reports begin so").WithHint("give more of the id")
			}
			found, packed = of, append(packed, piece...)
			return nil
		})
	})
	switch {
	case err != nil:
		return nil, err
	case found == "":
		return nil, missing
	}
	return unpack(packed)
}

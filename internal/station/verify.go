package station

import (
	"bytes"
	"context"
	"fmt"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/syncer"
)

// Verified is the report of a full check of a directory.
type Verified struct {
	OK       bool     `json:"ok"`
	Streams  int      `json:"streams"`
	Batches  int      `json:"batches"`
	Changes  int      `json:"changes"`
	Receipts int      `json:"receipts"`
	Records  int      `json:"records"`        // states made again from the journal and compared
	View     int      `json:"view,omitempty"` // rows of the view compared
	Problems []string `json:"problems"`
}

// maxProblems bounds the list; more of them say nothing new.
const maxProblems = 100

// Problem adds to the list.
func (v *Verified) Problem(format string, args ...any) {
	v.OK = false
	if len(v.Problems) < maxProblems {
		v.Problems = append(v.Problems, fmt.Sprintf(format, args...))
	}
}

// Verify checks chains, hashes, signatures and rights of all batches, the
// receipts, and that every record's state is what the journal makes of it.
func (s *Station) Verify(ctx context.Context) (*Verified, error) {
	v := &Verified{OK: true, Problems: []string{}}
	report, err := s.Journal.Verify(ctx, s.checkBatch)
	if err != nil {
		return nil, err
	}
	v.Streams, v.Batches, v.Changes, v.Receipts = report.Streams, report.Batches, report.Changes, report.Receipts
	for _, p := range report.Problems {
		v.Problem("%s: %v", p.Where, p.Err)
	}
	if err := s.checkReceipts(v); err != nil {
		return nil, err
	}
	return v, s.checkRecords(ctx, v)
}

func (s *Station) checkBatch(author change.UnitID, b *change.Batch) error {
	member, key, err := s.certified(b.Stream.Device)
	if err != nil {
		return err
	}
	if member.Unit != author || !syncer.MaySay(s.Registry, member.Unit, b.Stream.Audience) {
		return fault.New(fault.Denied, "device %s may not speak to unit %s", member.Device, b.Stream.Audience)
	}
	return b.Verify(key)
}

func (s *Station) certified(d change.DeviceID) (member identity.Member, key []byte, err error) {
	var certificate []byte
	err = s.Journal.View(func(tx *journal.Tx) (err error) {
		certificate, err = tx.Author(d)
		return err
	})
	if err != nil {
		return member, nil, err
	}
	if certificate == nil {
		return member, nil, fault.New(fault.Damaged, "certificate of device %s is missing", d)
	}
	return s.Keys.Verifier().Author(certificate)
}

func (s *Station) checkReceipts(v *Verified) error {
	return s.Journal.View(func(tx *journal.Tx) error {
		return tx.Receipts(func(r *change.SignedReceipt) error {
			member, key, err := s.certified(r.City)
			switch {
			case err != nil:
				v.Problem("receipt of stream %s: %v", r.Stream, err)
			case member.Unit != s.Place.RootUnit:
				v.Problem("receipt of stream %s is not the city's", r.Stream)
			default:
				if err := r.Verify(key); err != nil {
					v.Problem("receipt of stream %s: %v", r.Stream, err)
				}
			}
			return nil
		})
	})
}

// recordsAtOnce bounds the memory of a check.
const recordsAtOnce = 100_000

// Parts is how many runs a check of so many changes takes.
func Parts(changes int) uint32 { return uint32(changes/recordsAtOnce) + 1 }

func (s *Station) checkRecords(ctx context.Context, v *Verified) error {
	of := Parts(v.Changes)
	for n := range of {
		states, err := records.Replay(ctx, s.Journal, s.Place.RootUnit, records.Part{N: n, Of: of})
		if err != nil {
			return err
		}
		for _, want := range states {
			if !s.keepsRecord(want) {
				continue
			}
			v.Records++
			if err := s.compare(want, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// keepsRecord: a hub keeps only what is said by the city or by itself, so
// what others wrote of such kinds is not compared here.
func (s *Station) keepsRecord(r *merge.Record) bool {
	if !s.keeps(r.Kind()) {
		return false
	}
	if !s.cfg.Hub {
		return true
	}
	return r.Kind() == "unit" || r.Kind() == "device"
}

func (s *Station) compare(want *merge.Record, v *Verified) error {
	return s.Journal.View(func(tx *journal.Tx) error {
		got, err := s.Records.Get(tx, want.Kind(), want.ID())
		if err != nil {
			return err
		}
		if got == nil || !bytes.Equal(got.Encode(), want.Encode()) {
			v.Problem("%s record %s is not what the journal makes of it", want.Kind(), want.ID())
		}
		return nil
	})
}

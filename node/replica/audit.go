package replica

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/syncer/streams"
)

// headKind is the kind of the records in which a device says how far its audit
// log has come, in its own signed stream: so the log's end cannot be cut off,
// nor the log be written anew, without the tiers above having heard otherwise.
const headKind = "audit_head"

// A head is said with the first look-up after so many entries, or so long.
const (
	headEntries = 100
	headTime    = time.Hour
)

// LookUp is what somebody saw, or tried to see.
type LookUp struct {
	audit.Entry
	Records []change.RecordID
}

// Looked writes a look-up of persons into the audit log. What was looked up is
// shown only when it returns nil: then the entry is on the disk.
func (s *Replica) Looked(ctx context.Context, l LookUp) error {
	key, err := s.auditKey()
	if err != nil {
		return err
	}
	l.At = s.Now().UnixMilli()
	for _, id := range l.Records {
		l.Subjects = append(l.Subjects, audit.SubjectOf(key, l.Kind, id))
	}
	err = s.Streams.Write(ctx, func(w *streams.Writer) error {
		head, err := audit.Append(w.Tx, l.Entry)
		if err != nil {
			return err
		}
		return s.sayHead(w, head)
	})
	return fault.Wrap("write the audit log", err)
}

// auditKey hides persons in the log; it is this device's own.
func (s *Replica) auditKey() ([]byte, error) {
	key, err := hkdf.Key(sha256.New, s.Keys.Key().Seed(), nil, "tongbu/audit/subject", sha256.Size)
	if err != nil {
		return nil, fault.As(fault.Internal, "make the key of the audit log", err)
	}
	return key, nil
}

// headRecord is the record of this device's present incarnation: a device that
// begins anew begins a new log.
func (s *Replica) headRecord(incarnation uint32) change.RecordID {
	return change.RecordID(fmt.Sprintf("%s-%d", s.Keys.Device(), incarnation))
}

// sayHead says the head when it is time. The stream is touched only then: a
// look-up that says nothing is no news to anybody.
func (s *Replica) sayHead(w *streams.Writer, head audit.Head) error {
	n, err := w.Incarnation()
	if err != nil {
		return err
	}
	id := s.headRecord(n)
	last, err := s.lastSaid(w.Tx, id)
	if err != nil || head.No < last.No+headEntries && head.At < last.At+headTime.Milliseconds() {
		return err
	}
	own, err := w.Own(s.Place.Unit)
	if err != nil {
		return err
	}
	fields := map[string]change.Value{"entry": change.Int(int64(head.No)), "hash": change.Text(fmt.Sprintf("%x", head.Hash)), "at": change.Int(head.At)}
	_, err = s.Records.Put(w.Tx, own, s.Place.Unit, records.Edit{Kind: headKind, ID: id, Fields: fields, Actor: "program", At: head.At})
	return err
}

// lastSaid is the last head that was said; before the first, the log's begin.
func (s *Replica) lastSaid(tx *journal.Tx, id change.RecordID) (h audit.Head, err error) {
	said, err := s.Records.Get(tx, headKind, id)
	if err != nil {
		return h, err
	}
	if said != nil {
		return audit.Head{No: uint64(said.Value("entry").Int()), At: said.Value("at").Int()}, nil
	}
	err = audit.Each(tx, 1, func(e audit.Entry, _ change.Hash) error {
		h.At = e.At
		return journal.ErrStop
	})
	return h, err
}

// saidHeads are the heads that this incarnation has said.
func (s *Replica) saidHeads() (heads []audit.Head, err error) {
	n, err := s.Streams.Incarnation()
	if err != nil {
		return nil, err
	}
	id := s.headRecord(n)
	err = s.Journal.View(func(tx *journal.Tx) error {
		past, err := s.Records.History(tx, headKind, id)
		for _, p := range past {
			hash, err := hex.DecodeString(p.Change.Fields["hash"].Text())
			if err != nil || len(hash) != sha256.Size {
				return fault.New(fault.Damaged, "a head of the audit log cannot be read")
			}
			heads = append(heads, audit.Head{No: uint64(p.Change.Fields["entry"].Int()), Hash: change.Hash(hash), At: p.Change.Fields["at"].Int()})
		}
		return err
	})
	return heads, err
}

// seen audits what a command at this computer is about to show.
func (s *Replica) seen(r *http.Request, act audit.Act, k *schema.Kind, ids []change.RecordID, outcome error) error {
	if !k.Personal {
		return outcome
	}
	l := LookUp{Records: ids, Entry: audit.Entry{Device: s.Keys.Device(), Unit: s.Place.Unit, Operator: operator(),
		Purpose: r.URL.Query().Get("purpose"), Act: act, Kind: k.Name, Count: len(ids), Outcome: fault.Of(outcome).String()}}
	if err := s.Looked(r.Context(), l); err != nil {
		return err
	}
	return outcome
}

// audits answers with the entries of the log from a number on, of one record
// if that is asked for.
func (s *Replica) audits(r *http.Request) (any, error) {
	q := r.URL.Query()
	from, err := strconv.ParseUint(q.Get("from"), 10, 64)
	if err != nil {
		from = 1
	}
	var subject audit.Subject
	if id := q.Get("record"); id != "" {
		key, err := s.auditKey()
		if err != nil {
			return nil, err
		}
		subject = audit.SubjectOf(key, q.Get("kind"), change.RecordID(id))
	}
	entries := []audit.Entry{}
	err = s.Journal.View(func(tx *journal.Tx) error {
		return audit.Each(tx, from, func(e audit.Entry, _ change.Hash) error {
			if subject == "" || e.About(subject) {
				entries = append(entries, e)
			}
			if len(entries) == auditPage {
				return journal.ErrStop
			}
			return nil
		})
	})
	return entries, err
}

// auditPage is how many entries one answer holds.
const auditPage = 1000

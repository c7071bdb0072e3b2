package replica

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"slices"
	"time"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/syncer/streams"
)

// A head is published with the first look-up after so many entries, or so long.
const (
	headEntries = 100
	headTime    = time.Hour
)

// LookUp is what somebody saw, or tried to see.
type LookUp struct {
	audit.Entry
	Records []change.RecordID
}

// Lookups is the audit log of this device: who looked at whom.
type Lookups struct{ of *Replica }

// Append writes a look-up of persons into the log. What was looked up is shown
// only when it returns nil: then the entry is on the disk.
func (l *Lookups) Append(ctx context.Context, up LookUp) error {
	key, err := l.key()
	if err != nil {
		return err
	}
	up.At = l.of.Now().UnixMilli()
	for _, id := range up.Records {
		up.Subjects = append(up.Subjects, audit.SubjectOf(key, up.Kind, id))
	}
	err = l.of.Streams.Write(ctx, func(w *streams.Writer) error {
		head, err := audit.Append(w.Tx, up.Entry)
		if err != nil {
			return err
		}
		return l.publishHead(w, head)
	})
	return fault.Wrap("write the audit log", err)
}

// Entries returns entries from a number on, at most limit, of one record if
// that is named; without a kind, of the records of any kind that have that id.
func (l *Lookups) Entries(from uint64, kind string, id change.RecordID, limit int) ([]audit.Entry, error) {
	subjects, err := l.subjects(kind, id)
	if err != nil {
		return nil, err
	}
	entries := []audit.Entry{}
	err = l.of.Journal.View(func(tx *journal.Tx) error {
		return audit.Each(tx, from, func(e audit.Entry, _ change.Hash) error {
			if id == "" || slices.ContainsFunc(subjects, e.About) {
				entries = append(entries, e)
			}
			if len(entries) == limit {
				return journal.ErrStop
			}
			return nil
		})
	})
	return entries, err
}

// subjects are what stands in the log for a record.
func (l *Lookups) subjects(kind string, id change.RecordID) (subjects []audit.Subject, err error) {
	if id == "" {
		return nil, nil
	}
	key, err := l.key()
	if err != nil {
		return nil, err
	}
	for _, k := range l.of.Schema.Kinds() {
		if kind == "" || kind == k.Name {
			subjects = append(subjects, audit.SubjectOf(key, k.Name, id))
		}
	}
	return subjects, nil
}

// key hides persons in the log; it is this device's own.
func (l *Lookups) key() ([]byte, error) {
	key, err := hkdf.Key(sha256.New, l.of.Keys.Key().Seed(), nil, "tongbu/audit/subject", sha256.Size)
	if err != nil {
		return nil, fault.As(fault.Internal, "make the key of the audit log", err)
	}
	return key, nil
}

// publishHead writes the log's head into the device's stream when it is time. The
// stream is touched only then: other look-ups change nothing that others follow.
func (l *Lookups) publishHead(w *streams.Writer, head audit.Head) error {
	n, err := w.Incarnation()
	if err != nil {
		return err
	}
	id := system.AuditHeadID(l.of.Keys.Device(), n)
	last, err := l.lastPublished(w.Tx, id)
	if err != nil || head.No < last.No+headEntries && head.At < last.At+headTime.Milliseconds() {
		return err
	}
	own, err := w.Own(l.of.Place.Unit)
	if err != nil {
		return err
	}
	fields := system.AuditHead{Entry: head.No, Hash: head.Hash, At: head.At}.Fields()
	_, err = l.of.Records.Put(w.Tx, own, l.of.Place.Unit, records.Edit{Kind: system.AuditHeadKind, ID: id, Fields: fields, Actor: "program", At: head.At})
	return err
}

// lastPublished is the last head in the stream; before the first, where the log
// begins.
func (l *Lookups) lastPublished(tx *journal.Tx, id change.RecordID) (h audit.Head, err error) {
	said, err := l.of.Records.Get(tx, system.AuditHeadKind, id)
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

// SaidHeads are the heads that this incarnation has published.
func (l *Lookups) SaidHeads() (heads []audit.Head, err error) {
	n, err := l.of.Streams.Incarnation()
	if err != nil {
		return nil, err
	}
	id := system.AuditHeadID(l.of.Keys.Device(), n)
	err = l.of.Journal.View(func(tx *journal.Tx) error {
		past, err := l.of.Records.History(tx, system.AuditHeadKind, id)
		for _, p := range past {
			h, err := system.AuditHeadFrom(p.Change.Fields)
			if err != nil {
				return err
			}
			heads = append(heads, audit.Head{No: h.Entry, Hash: h.Hash, At: h.At})
		}
		return err
	})
	return heads, err
}

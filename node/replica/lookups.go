package replica

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/vault"
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
type Lookups struct {
	of  *Replica
	log *audit.Log

	publishing sync.Mutex // held while a head is published; guards what follows
	published  audit.Head // the last one; before the first, where the log begins
	kept       audit.Mark // what the journal knows of the log
}

// openLookups opens the log and says what is lost of it.
func (r *Replica) openLookups(ctx context.Context) (err error) {
	l := &Lookups{of: r}
	said, err := l.newestSaid()
	if err != nil {
		return err
	}
	l.log, err = audit.Open(ctx, filepath.Join(r.cfg.Dir, audit.FileName), r.Journal, audit.Options{Key: r.Vault().Key(vault.Audit), Said: said})
	if err != nil {
		return err
	}
	r.Lookups, l.kept = l, l.log.Known()
	if l.published, err = l.lastPublished(said); err != nil {
		return err
	}
	found := l.log.State()
	if found.Torn > 0 {
		r.Log.Warn("a write to the audit log was ended by a power cut and is cut off; nobody had been answered", "bytes", found.Torn)
	}
	for _, p := range found.Problems {
		r.Log.Error("the audit log is not whole", "kind", fault.Of(p).String(), "problem", p.Error())
	}
	return nil
}

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
	mark, err := l.log.Append(ctx, up.Entry)
	if fault.Of(err) == fault.Full { // the reserve is for what goes on while no new records are accepted
		l.of.Space.release()
		mark, err = l.log.Append(ctx, up.Entry)
	}
	if err == nil {
		err = l.publishHead(ctx, mark)
	}
	return fault.Wrap("write the audit log", err)
}

// Log is the log itself.
func (l *Lookups) Log() *audit.Log { return l.log }

// close keeps in the journal how far the log has come, and closes it. When that cannot
// be kept, the next opening only reads from further before.
func (l *Lookups) close() error {
	if last := l.log.Last(); last.No > l.kept.No {
		_ = l.of.Journal.Update(context.Background(), last.Keep)
	}
	return l.log.Close()
}

// Entries returns entries from a number on, at most limit, of one record if
// that is named; without a kind, of the records of any kind that have that id.
func (l *Lookups) Entries(from uint64, kind string, id change.RecordID, limit int) ([]audit.Entry, error) {
	return l.Find(Wanted{From: from, Kind: kind, Record: id, Limit: limit})
}

// Wanted says which entries of the log are asked for.
type Wanted struct {
	From    uint64          // number of the first
	Kind    string          // of the record; "": any kind that has one of that id
	Record  change.RecordID // "": of any
	Program string          // that looked; "": whoever did
	Limit   int
}

// Find returns the entries that are wanted.
func (l *Lookups) Find(w Wanted) ([]audit.Entry, error) {
	subjects, err := l.subjects(w.Kind, w.Record)
	if err != nil {
		return nil, err
	}
	entries := []audit.Entry{}
	err = l.log.Each(w.From, func(e audit.Entry, _ change.Hash) error {
		if (w.Record == "" || slices.ContainsFunc(subjects, e.About)) && (w.Program == "" || w.Program == e.Program) {
			entries = append(entries, e)
		}
		if len(entries) == w.Limit {
			return journal.ErrStop
		}
		return nil
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

// publishHead writes the log's head into the device's stream when it is time, and
// into the journal where its entry stands. The stream is touched only then: other
// look-ups change nothing that others follow. While somebody publishes one, others
// need not wait for it.
func (l *Lookups) publishHead(ctx context.Context, head audit.Mark) error {
	if !l.publishing.TryLock() {
		return nil
	}
	defer l.publishing.Unlock()
	if l.published == (audit.Head{}) {
		l.published.At = head.At
	}
	if head.No < l.published.No+headEntries && head.At < l.published.At+headTime.Milliseconds() {
		return nil
	}
	err := l.of.Streams.Write(ctx, func(w *streams.Writer) error {
		n, err := w.Incarnation()
		if err != nil {
			return err
		}
		own, err := w.Own(l.of.Place.Unit)
		if err != nil {
			return err
		}
		fields := system.AuditHead{Entry: head.No, Hash: head.Hash, At: head.At}.Fields()
		_, err = l.of.Records.Put(w.Tx, own, l.of.Place.Unit, records.Edit{Kind: system.AuditHeadKind,
			ID: system.AuditHeadID(l.of.Keys.Device(), n), Fields: fields, Actor: "program", At: head.At})
		if err != nil {
			return err
		}
		return head.Keep(w.Tx)
	})
	if err == nil {
		l.published, l.kept = head.Head, head
	}
	return err
}

// newestSaid is the last head in the stream of this incarnation, zero before the first.
func (l *Lookups) newestSaid() (h audit.Head, err error) {
	n, err := l.of.Streams.Incarnation()
	if err != nil {
		return h, err
	}
	err = l.of.Journal.View(func(tx *journal.Tx) error {
		said, err := l.of.Records.Get(tx, system.AuditHeadKind, system.AuditHeadID(l.of.Keys.Device(), n))
		if err != nil || said == nil {
			return err
		}
		h.No, h.At = uint64(said.Value("entry").Int()), said.Value("at").Int()
		if hash, bad := hex.DecodeString(said.Value("hash").Text()); bad == nil { // verify says so
			copy(h.Hash[:], hash)
		}
		return nil
	})
	return h, err
}

// lastPublished is the last head in the stream; before the first, where the log
// begins.
func (l *Lookups) lastPublished(said audit.Head) (audit.Head, error) {
	if said.No > 0 {
		return said, nil
	}
	err := l.log.Each(1, func(e audit.Entry, _ change.Hash) error {
		said.At = e.At
		return journal.ErrStop
	})
	if fault.Of(err) == fault.Damaged {
		err = nil // told at opening, and by verify
	}
	return said, err
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

package desk

import (
	"context"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/syncer/streams"
)

// saver puts the objects of one input.
type saver struct {
	*Desk
	kind *schema.Kind
	how  Saving

	fresh map[change.RecordID]map[string]change.Value // new records of the input that are not stored yet

	within bool // what follows from another record, and has nothing follow from it
}

func (s *saver) write(ctx context.Context, entries []entry) ([]Written, error) {
	written := make([]Written, len(entries))
	err := s.at.Streams.Write(ctx, func(w *streams.Writer) error {
		for i, e := range entries {
			one, err := s.writeOne(w, &e)
			if err != nil {
				return err
			}
			written[i] = one
		}
		if len(entries) >= manyItems { // the commit reads as many pages once more
			w.Rest()
		}
		return nil
	})
	return written, fault.Wrap("save", err)
}

// writeOne writes the fields that differ from what the record holds, so that
// repeating a put changes nothing.
func (s *saver) writeOne(w *streams.Writer, e *entry) (Written, error) {
	t, err := s.reread(e)
	if err != nil {
		return Written{}, err
	}
	drawn, err := s.redraft(w.Tx, e, t)
	if err != nil {
		return Written{}, err
	}
	fields := drawn.changedValues()
	b, err := s.writeBefore(w, e, &drawn, fields)
	if err != nil {
		return Written{}, err
	}
	e.warnings = append(slices.Clip(e.warnings), b.told...)
	if b.wrote && len(fields) == 0 {
		return s.saidByEvent(w.Tx, e, drawn)
	}
	if drawn.known != nil && (e.byLine || len(fields) == 0) {
		return s.unchanged(w.Tx, e, drawn)
	}
	own, err := w.Own(drawn.audience)
	if err != nil {
		return Written{}, err
	}
	edit := records.Edit{Kind: s.kind.Name, ID: e.name, Fields: fields, Actor: s.how.Actor, At: s.at.Now().UnixMilli(), Read: drawn.read.vector}
	seq, now, err := s.at.Records.Write(w.Tx, own, s.at.Members.Unit().ID, edit)
	if err != nil {
		return Written{}, err
	}
	if err := s.repeat(w, b.about); err != nil {
		return Written{}, err
	}
	if err := s.tellComplaint(w, e.name); err != nil {
		return Written{}, err
	}
	if err := s.followNotice(w, e.name, &drawn); err != nil {
		return Written{}, err
	}
	result := Changed
	if drawn.known == nil {
		result = Made
	}
	e.contested = contested(now, fields, drawn)
	return Written{ID: e.name, Seq: seq, Result: result, Version: versionOf(now), Warnings: e.allWarnings()}, nil
}

// redraft makes the draft again, because the record may have changed since it was
// checked; one of a record that was new and still is says the same.
func (s *saver) redraft(tx *journal.Tx, e *entry, t typed) (draft, error) {
	if e.drawn != nil && e.drawn.known == nil {
		known, err := s.at.Records.Get(tx, s.kind.Name, e.name)
		if err == nil && known == nil { // what it names may have come since, with the same table
			err = s.copyTexts(tx, e.drawn)
		}
		if err != nil || known == nil {
			return *e.drawn, err
		}
	}
	return s.draft(tx, e, t, nil)
}

// allWarnings are the entry's, with one of each field that is contested.
func (e *entry) allWarnings() []string {
	all := slices.Clip(e.warnings)
	for _, field := range e.contested {
		all = append(all, field+": conflict")
	}
	return all
}

// contested are the fields that another has written since they were read.
func contested(now *merge.Record, fields map[string]change.Value, drawn draft) (names []string) {
	if drawn.read.vector == nil {
		return nil
	}
	for _, c := range now.Conflicts() {
		_, again := drawn.again[c.Field]
		if _, set := fields[c.Field]; set || again || c.Field == merge.VoidField {
			names = append(names, c.Field)
		}
	}
	return names
}

func (s *saver) unchanged(tx *journal.Tx, e *entry, drawn draft) (Written, error) {
	seq, err := s.at.Records.LastSeq(tx, s.kind.Name, e.name)
	e.contested = contested(drawn.known, drawn.values, drawn)
	return Written{ID: e.name, Seq: seq, Result: Unchanged, Version: versionOf(drawn.known), Warnings: e.allWarnings()}, err
}

// saidByEvent answers an edit of which an event says all: the record is as it was.
func (s *saver) saidByEvent(tx *journal.Tx, e *entry, drawn draft) (Written, error) {
	written, err := s.unchanged(tx, e, drawn)
	written.Result = Changed
	return written, err
}

// versionOf names what a record has seen.
func versionOf(r *merge.Record) string { return r.Context().Version(r.Kind(), r.ID()) }

// reread returns what an entry says; its values are kept for one that comes alone.
func (s *saver) reread(e *entry) (typed, error) {
	if e.typed != nil {
		return *e.typed, nil
	}
	t, err := e.item.decode()
	if err == nil {
		_, _, err = cutOwnNo(s.kind, t.object)
	}
	return t, err
}

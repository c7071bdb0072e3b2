package view

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/merge"
)

// mergeAll merges the changes of records with what is there, and writes what
// comes of it. It returns the merged records.
func (a *application) mergeAll(w *work, records []*pending, b beside) ([]*merge.Record, error) {
	ids := make([]change.RecordID, len(records))
	for i, r := range records {
		ids[i] = r.id
	}
	held, err := a.tx.Load(w.kind, ids)
	if err != nil {
		return nil, err
	}
	kept, err := a.parseAll(w, held, records, b)
	if err != nil {
		return nil, err
	}
	merged, out := make([]*merge.Record, len(records)), writes{}
	for i, r := range records {
		k := keeping{pending: r, held: held[i], stored: kept[i], strays: b.strays[r.id], refused: b.refused[r.id]}
		if merged[i], err = a.mergeOne(w, &k, &out); err != nil {
			return nil, err
		}
	}
	return merged, a.write(w, &out)
}

// parseAll reads what is stored, and learns the names of the streams that are
// needed to make records of it.
func (a *application) parseAll(w *work, held []Held, records []*pending, b beside) (kept []stored, err error) {
	kept = make([]stored, len(held))
	var unknown []ShortSpot
	for i := range held {
		if held[i].There() {
			if kept[i], err = w.parse(&held[i]); err != nil {
				return nil, err
			}
		}
		need := kept[i].spots
		if r := records[i]; r.rebuilt || len(b.refused[r.id]) > 0 {
			need = append(slices.Clip(need), b.strays[r.id]...)
		} else if kept[i].form == formMerged {
			continue
		}
		for _, p := range need {
			if _, known := a.streams[p.Stream]; !known {
				unknown = append(unknown, p)
			}
		}
	}
	if len(unknown) == 0 {
		return kept, nil
	}
	names, err := a.tx.Streams(numbersOf(unknown)...)
	for no, s := range names {
		a.streams[no] = s
	}
	return kept, err
}

// keeping is a record between what is held of it and what will be.
type keeping struct {
	*pending
	held    Held
	stored  stored // as held has it
	strays  []ShortSpot
	refused []change.Dot
}

// record is the record as it is held; one without changes when it is not.
func (k *keeping) record(kind string, streams map[int64]change.Stream) (*merge.Record, error) {
	if !k.held.There() {
		return merge.New(kind, k.id), nil
	}
	return k.stored.record(kind, k.id, streams)
}

// mergeOne merges one record and notes what is to be written of it.
func (a *application) mergeOne(w *work, k *keeping, out *writes) (*merge.Record, error) {
	r, err := k.record(w.kind.Name, a.streams)
	if err != nil {
		return nil, err
	}
	if k.rebuilt || len(k.refused) > 0 {
		return a.rebuild(w, k, r, out)
	}
	spots, was := k.stored.spots, Belonging{}
	if k.held.There() {
		was = a.homeWas(r)
	}
	changed := false
	k.all(func(c *Change) {
		at := a.spotOf(c)
		if slices.Contains(spots, at) || slices.Contains(k.strays, at) {
			return // it is in the record already, or has no effect on it
		}
		if !changed && k.held.There() {
			w.count(r, was, -1)
		}
		if !changed {
			a.touch(r)
		}
		changed = true
		spots = append(spots, at)
		r.Apply(c.Stream, c.Change)
	})
	if changed {
		a.touch(r)
		out.put(k.held, r, a.home(r), spots)
	}
	return r, nil
}

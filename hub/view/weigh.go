package view

import (
	"errors"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/merge"
)

// counts reports whether a change of a record may have an effect on it: by its id alone,
// or where a word is in force by where it was written and to whom the city says it again.
func (a *application) counts(c *Change, name change.RecordID, has bool) (bool, error) {
	if h := a.holdings.of(c.Change.Kind, name); h.Moved() {
		return a.countsAt(h, c.Author, !c.again, c.Stream, c.Seq)
	}
	if has {
		return true, nil
	}
	return a.inherits(c.Change.Kind, name, c.Author)
}

// inherits reports whether the author of a change is the heir of the record's maker.
func (a *application) inherits(kind string, name change.RecordID, author change.UnitID) (bool, error) {
	know := a.view.opts.Custody
	maker, named := name.Maker()
	if know == nil || !named || !access.Inherits(kind) {
		return false, nil
	}
	heirs, err := know.Heirs(maker)
	return heirs.Is(author, maker), err
}

func (a *application) countsAt(h custody.Holding, author change.UnitID, here bool, in change.Stream, seq uint64) (bool, error) {
	know, city := a.view.opts.Custody, a.view.opts.City
	if know == nil {
		return false, nil
	}
	heirs, failed := know.Heirs(h.Unit, h.At)
	if failed != nil {
		return false, failed
	}
	counts := h.Counts(custody.Written{Author: author, Audience: in.Audience, Here: here, Forwarded: func(to change.UnitID) bool {
		said, err := know.Forwarded(in, seq, to)
		failed = errors.Join(failed, err)
		return said
	}}, heirs, city)
	return counts, failed
}

// countsStored is counts for a change of a record that is made again.
func (a *application) countsStored(kind string, id change.RecordID, p merge.Placed, seq uint64) (bool, error) {
	know := a.view.opts.Custody
	if know == nil || change.Ruled(kind) {
		return true, nil
	}
	author, here, err := know.Author(p.Stream, seq)
	if err != nil {
		return false, err
	}
	if h := a.holdings.of(kind, id); h.Moved() {
		return a.countsAt(h, author, here, p.Stream, seq)
	}
	if _, has := access.Effect(p.Change, p.Stream, author, a.view.opts.City); has {
		return true, nil
	}
	return a.inherits(kind, id, author)
}

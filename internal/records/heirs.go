package records

import (
	"bytes"
	"maps"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

// merger is what a division word says of a unit that is merged into another.
type merger struct {
	word       change.RecordID
	unit, heir change.UnitID
}

// mergedBy is what a division word says; nil for any other record, for one that merges
// nothing, and for one that is void.
func mergedBy(r *merge.Record) *merger {
	unit, heir, stands := system.MergerIn(r)
	if !stands || heir == "" {
		return nil
	}
	return &merger{word: r.ID(), unit: unit, heir: heir}
}

// moveHeir brings in what a division word says now in place of what it said, and makes the
// records again that heirs have written: what has waited for the word counts from now on,
// and what counted by it no more.
func (s *Records) moveHeir(tx *journal.Tx, was, is *merger) error {
	if was == nil && is == nil || was != nil && is != nil && *was == *is {
		return nil
	}
	if was != nil {
		if err := custody.DropHeir(tx, was.word, was.unit); err != nil {
			return err
		}
	}
	if is != nil {
		if err := custody.PutHeir(tx, is.word, is.unit, is.heir); err != nil {
			return err
		}
	}
	tables := []string{waitingTable}
	if was != nil {
		tables = append(tables, placedTable)
	}
	again := map[Key]bool{}
	err := custody.EachMoved(tx, func(kind string, id change.RecordID) { // some of their changes are listed without an effect
		again[Key{kind, id}] = s.keep(kind)
	})
	if err != nil {
		return err
	}
	return s.weighAgain(tx, tables, again)
}

// weighAgain makes some records again, and those that a table has a change of by another than
// the city and the maker.
func (s *Records) weighAgain(tx *journal.Tx, tables []string, again map[Key]bool) error {
	authors := map[change.Stream]change.UnitID{}
	for _, name := range tables {
		err := tx.Table(name).Ascend(nil, nil, func(key, _ []byte) error {
			k, in, seq, err := parsePlace(key)
			if err != nil || change.Ruled(k.Kind) || again[k] {
				return err
			}
			if _, met := authors[in]; !met {
				if authors[in], _, err = custody.Author(tx, in, seq); err != nil {
					return err
				}
			}
			maker, _ := k.ID.Maker()
			again[k] = authors[in] != maker && authors[in] != s.city
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(again), Key.Compare) {
		if !again[k] {
			continue
		}
		if err := s.rebuild(tx, k.Kind, k.ID); err != nil {
			return err
		}
	}
	return nil
}

// parsePlace is the inverse of placeKey.
func parsePlace(key []byte) (k Key, in change.Stream, seq uint64, err error) {
	parts := bytes.SplitN(key, []byte{0}, 3)
	if len(parts) != 3 {
		return k, in, 0, fault.New(fault.Damaged, "an entry of the record index is too short")
	}
	in, seq, err = parseNumbered(parts[2])
	return Key{Kind: string(parts[0]), ID: change.RecordID(parts[1])}, in, seq, err
}

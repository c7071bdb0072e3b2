package custody

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// heirsTable is merged unit 0 id of the division word -> heir. It is kept by what was
// announced, whatever the day: the city alone refuses what an heir writes before it.
const heirsTable = "custody.heirs"

// Heirs are the units that others were merged into, as far as they were looked up. Of two
// announcements about one unit both count.
type Heirs map[change.UnitID][]change.UnitID

// Is reports whether a unit is the heir of another, or the heir of its heir.
func (h Heirs) Is(heir, of change.UnitID) bool { return slices.Contains(h.Of(of), heir) }

// Of are the heirs of a unit and theirs, the nearest first. Words that name each other in
// a circle end it.
func (h Heirs) Of(unit change.UnitID) []change.UnitID {
	var all []change.UnitID
	for at := unit; ; {
		for _, heir := range h[at] {
			if heir != unit && !slices.Contains(all, heir) {
				all = append(all, heir)
			}
		}
		next := slices.Index(all, at) + 1
		if next >= len(all) {
			return all
		}
		at = all[next]
	}
}

// HeirsOf looks up the heirs of units, and theirs.
func HeirsOf(tx *journal.Tx, units ...change.UnitID) (Heirs, error) {
	all := Heirs{}
	met := slices.Clone(units)
	for i := 0; i < len(met); i++ {
		prefix := heirKey(met[i], "")
		err := tx.Table(heirsTable).Ascend(prefix, prefix, func(_, raw []byte) error {
			heir := change.UnitID(raw)
			if !slices.Contains(all[met[i]], heir) {
				all[met[i]] = append(all[met[i]], heir)
			}
			if !slices.Contains(met, heir) {
				met = append(met, heir)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// IsHeir reports whether the author is the heir of a unit by what the city has announced.
func IsHeir(tx *journal.Tx, unit, author change.UnitID) (bool, error) {
	heirs, err := HeirsOf(tx, unit)
	return heirs.Is(author, unit), err
}

// PutHeir brings in what a division word says: a unit was merged into another.
func PutHeir(tx *journal.Tx, word change.RecordID, unit, heir change.UnitID) error {
	return tx.Table(heirsTable).Put(heirKey(unit, word), []byte(heir))
}

// DropHeir is the inverse of PutHeir, for a word that says it no more.
func DropHeir(tx *journal.Tx, word change.RecordID, unit change.UnitID) error {
	return tx.Table(heirsTable).Delete(heirKey(unit, word))
}

func heirKey(unit change.UnitID, word change.RecordID) []byte {
	return append(append([]byte(unit), 0), word...)
}

// isOrHeir reports whether a unit is another, or has taken its place.
func (h Heirs) isOrHeir(unit, of change.UnitID) bool { return unit == of || h.Is(unit, of) }

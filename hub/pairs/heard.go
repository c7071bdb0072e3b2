package pairs

import (
	"tongbu/hub/view"
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/duplicates"
	"tongbu/internal/system"
)

// personKind is the kind of records that pairs are found among.
const personKind = "person"

// Heard is told of what the view has applied. Most of it is new records of which nobody has
// the like: these cost a look into memory. Whoever might be of a pair, and whoever changed, is
// looked at later.
func (k *Keeper) Heard(changes []view.Change) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.seen == nil {
		return
	}
	for i := range changes {
		switch c := &changes[i]; {
		case c.Refused:
		case c.Change.Kind == personKind:
			k.hearLocked(c)
		case c.Change.Kind == system.CustodyKind && c.Change.Fields.Get("kind").Text() == personKind:
			k.due[change.RecordID(c.Change.Fields.Get("record").Text())] = true // it stands elsewhere now
		case c.Change.Kind == system.RefusalKind && c.Change.Fields.Get("kind").Text() == personKind:
			k.due[change.RecordID(c.Change.Fields.Get("record").Text())] = true // the record may be gone, or back
		}
	}
	if len(k.due) > 0 {
		k.Wake()
	}
}

// Wake has Run look.
func (k *Keeper) Wake() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// telling are the fields with which it may be another who is like a person.
var telling = append([]string{view.ColValid}, duplicates.Fields...)

func (k *Keeper) hearLocked(c *view.Change) {
	name, has := access.Effect(c.Change, c.Stream, c.Author, k.cfg.City)
	if has = has || k.cfg.View.Holder(personKind, name) != ""; has && len(c.Change.Context) == 0 {
		if k.seen.put(name, duplicates.KeysOf(c.Change.Fields.Get)) {
			k.due[name] = true
		}
		return
	}
	for _, field := range telling { // who is not its maker may be the heir of that
		if c.Change.Fields.Has(field) {
			k.due[name] = true
			return
		}
	}
}

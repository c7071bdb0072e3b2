package visit

import (
	"slices"

	"tongbu/internal/schema"
	"tongbu/node/archive"
	"tongbu/node/people"
)

// Writes reports whether who is there writes records of a kind, on whichever page or by
// whichever file: kinds that this unit writes, and that are not the program's own. A
// volume of the archive is how a year is closed and lent, so it is a head's.
func (v *Visit) Writes(k *schema.Kind) bool {
	act := people.Write
	if k.Name == archive.Kind {
		act = people.Lead
	}
	return v.Who.Role.May(act) && v.Site.Writes(k)
}

// Writes reports whether people of this unit write records of a kind.
func (s *Site) Writes(k *schema.Kind) bool {
	return !k.System && k.Sort != schema.Derived && slices.Contains(k.Writers, int(s.Replica.Members.Unit().Level))
}

package visit

import (
	"strings"

	"tongbu/node/drafts"
)

// VoidForm begins the form of a draft by which somebody asks that a record of the kind that
// follows be voided.
const VoidForm = "void/"

// Asked is a void that somebody asks the head for.
type Asked struct {
	drafts.Draft
	By string // name of who asks
}

// Asked are the voids that others than who is there ask the head for.
func (v *Visit) Asked() (asked []Asked, err error) {
	all, err := v.Site.Drafts.Proposals()
	if err != nil || len(all) == 0 {
		return nil, err
	}
	name, err := v.Names()
	for _, d := range all {
		if d.Owner != v.Who.Login && strings.HasPrefix(d.Form, VoidForm) {
			asked = append(asked, Asked{d, name(d.Owner)})
		}
	}
	return asked, err
}

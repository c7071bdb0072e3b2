package visit

import (
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/schema"
	"tongbu/node/drafts"
	"tongbu/node/people"
)

// VoidForm begins the form of a draft by which somebody asks that a record of the kind that
// follows be voided.
const VoidForm = "void/"

// Voids are the drafts by which people ask the head that a record be voided, titled for the
// reader.
func (v *Visit) Voids() ([]drafts.Draft, error) {
	all, err := v.Site.Drafts.Proposals()
	all = slices.DeleteFunc(all, func(d drafts.Draft) bool { return !strings.HasPrefix(d.Form, VoidForm) })
	for i := range all {
		all[i] = v.Titled(all[i])
	}
	return all, err
}

// Asked are those of others than who is there: nobody decides what they ask themselves.
func (v *Visit) Asked() ([]drafts.Draft, error) {
	all, err := v.Voids()
	return slices.DeleteFunc(all, func(d drafts.Draft) bool { return d.Owner == v.Who.Login }), err
}

// Asked is a draft with who asks.
type Asked struct {
	drafts.Draft
	By   string // name of who asks
	Mine bool   // who is there does
}

// WithNames says who asks.
func (v *Visit) WithNames(all []drafts.Draft) ([]Asked, error) {
	if len(all) == 0 {
		return nil, nil
	}
	name, err := v.Names()
	asked := make([]Asked, len(all))
	for i, d := range all {
		asked[i] = Asked{d, name(v.Here(), d.Owner), d.Owner == v.Who.Login}
	}
	return asked, err
}

// VoidAsked is that the head was asked to void a record, for the page of the record.
type VoidAsked struct{ Why, Href string }

// AskedToVoid says who has asked for the void of a record, and why; nil where nobody has.
// It leads a head to decide, and who asked to take it back.
func (v *Visit) AskedToVoid(kind string, id change.RecordID) (*VoidAsked, error) {
	voids, err := v.Voids()
	if err != nil {
		return nil, err
	}
	voids = slices.DeleteFunc(voids, func(d drafts.Draft) bool { return d.Form != VoidForm+kind || d.Subject != string(id) })
	asked, err := v.WithNames(voids)
	if err != nil || len(asked) == 0 {
		return nil, err
	}
	d := asked[0]
	w := &VoidAsked{Why: d.By + v.Say("：", ": ") + schema.MaskIDNumbers(d.Proposal.Why)}
	switch {
	case d.Mine:
		w.Href = "/drafts"
	case v.Who.Role.May(people.Lead):
		w.Href = "/proposal/" + d.ID
	}
	return w, nil
}

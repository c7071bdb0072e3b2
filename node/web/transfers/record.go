package transfers

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/node/desk"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

// fill adds what the record is called, and where it is, as far as it is here.
func (t *transfer) fill(v *visit.Visit) error {
	if t.Transfer.Record == "" {
		return nil
	}
	said, err := called(v, t.Kind, t.Transfer.Record)
	if err != nil || said == nil {
		return err
	}
	t.Name, t.Record = said.Called, visit.RecordPath(t.Kind, string(said.ID))
	if t.Address == "" {
		k, _ := v.Site.Replica.Schema.Kind(t.Kind)
		t.Address = values.Text(k, "address", said.Fields["address"], v.Lang)
	}
	return nil
}

// called is a record of this unit with what people call it; nil: it is not here.
func called(v *visit.Visit, kind, id string) (*desk.Said, error) {
	said, err := v.Site.Desk.Several(v.Ctx(), kind, []change.RecordID{change.RecordID(id)}, v.Asker("transfers"))
	switch {
	case fault.Of(err) == fault.Invalid: // a kind that this program does not know
		return nil, nil //nolint:nilnil // nothing is known of it
	case err != nil || len(said) == 0:
		return nil, err
	}
	return &said[0], nil
}

// unitName is what a unit is called; its code where the tree does not say.
func unitName(v *visit.Visit, code string) string {
	if t := v.Site.Replica.Members.Tree(); t != nil {
		if u, known := t.ByCode(code); known {
			return u.Name
		}
	}
	return code
}

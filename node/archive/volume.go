package archive

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"tongbu/internal/fault"
	"tongbu/node/desk"
)

// Volume is one volume of a closed ledger.
type Volume struct {
	ID          string
	Ledger      string
	Year        int
	Number      string
	No, Of      int // of the ledger's volumes
	First, Last int // numbers of its rows; 0: it has none
	Total       int
	Pages       int
	Index       string // what it says in words of what is in it
	ClosedOn    string
	ClosedBy    string
	KeptAt      string
	KeptUntil   string
	OutTo       string // who has it; "": it is in its place
	OutOn       string
	OutReason   string
	State       string // as desk.Shown has it

	contents string
}

// IsOut reports whether somebody has taken the volume out.
func (v Volume) IsOut() bool { return v.OutTo != "" }

// Volumes are those of a year, or of all years where it is 0: the newest year first,
// within it as the ledgers are.
func (a *Archive) Volumes(ctx context.Context, year int) (all []Volume, err error) {
	where := ""
	if year > 0 {
		where = fmt.Sprintf("year = %d", year)
	}
	err = a.desk.List(ctx, Kind, where, desk.Asker{}, func(shown *desk.Shown) error {
		all = append(all, volumeOf(shown))
		return nil
	})
	slices.SortFunc(all, func(a, b Volume) int {
		return cmp.Or(cmp.Compare(b.Year, a.Year), cmp.Compare(a.Ledger, b.Ledger), cmp.Compare(a.No, b.No), cmp.Compare(a.ID, b.ID))
	})
	return all, err
}

// Volume is one of them; NotFound where it is none of this unit's.
func (a *Archive) Volume(ctx context.Context, id string) (Volume, error) {
	shown, err := a.desk.Get(ctx, Kind, idOf(id), desk.Asker{})
	if err != nil {
		return Volume{}, err
	}
	return volumeOf(shown), nil
}

func volumeOf(shown *desk.Shown) Volume {
	text := func(field string) string { s, _ := shown.Fields[field].(string); return s }
	number := func(field string) int { n, _ := shown.Fields[field].(int64); return int(n) }
	v := Volume{ID: string(shown.ID), Ledger: text("ledger"), Year: number("year"), Number: text("number"), No: number("volume"), Of: number("volumes"),
		First: number("first_no"), Last: number("last_no"), Total: number("total"), Pages: number("pages"), ClosedOn: text("closed_on"), ClosedBy: text("closed_by"),
		KeptAt: text("kept_at"), KeptUntil: text("kept_until"), State: shown.State, contents: text("contents")}
	v.Index, _, _ = strings.Cut(v.contents, "\n")
	if text("back_on") == "" {
		v.OutTo, v.OutOn, v.OutReason = text("out_to"), text("out_on"), text("out_reason")
	}
	return v
}

// Lend notes that somebody has taken a volume out. It returns Invalid for one that is out
// and for what is missing.
func (a *Archive) Lend(ctx context.Context, id, to, reason, login string) error {
	v, err := a.Volume(ctx, id)
	switch {
	case err != nil:
		return err
	case v.IsOut():
		return fault.New(fault.Invalid, "the volume is out already")
	case strings.TrimSpace(to) == "" || strings.TrimSpace(reason) == "":
		return fault.New(fault.Invalid, "say who takes the volume out, and why")
	}
	_, today, err := a.desk.Place()
	if err != nil {
		return err
	}
	return a.edit(ctx, id, login, map[string]any{"out_to": strings.TrimSpace(to), "out_on": today, "out_reason": strings.TrimSpace(reason), "back_on": nil})
}

// Return notes that a volume is back. It returns Invalid for one that was not out.
func (a *Archive) Return(ctx context.Context, id, login string) error {
	v, err := a.Volume(ctx, id)
	if err != nil {
		return err
	}
	if !v.IsOut() {
		return fault.New(fault.Invalid, "the volume is in its place")
	}
	_, today, err := a.desk.Place()
	if err != nil {
		return err
	}
	return a.edit(ctx, id, login, map[string]any{"back_on": today})
}

func (a *Archive) edit(ctx context.Context, id, login string, fields map[string]any) error {
	shown, err := a.desk.Get(ctx, Kind, idOf(id), desk.Asker{})
	if err != nil {
		return err
	}
	fields["id"], fields["version"] = id, shown.Version
	part, err := partOf(fields)
	if err != nil {
		return err
	}
	return a.save(ctx, desk.Form{Parts: []desk.Part{part}, How: desk.Saving{Actor: login}})
}

// Lending is one time that a volume was taken out.
type Lending struct {
	To, On, Reason, Back string
}

// Lendings are all times that a volume was taken out, the last one first: each is a
// change in its history, and so is each return.
func (a *Archive) Lendings(ctx context.Context, id string) (all []Lending, err error) {
	past, err := a.desk.History(ctx, Kind, idOf(id), desk.Asker{})
	if err != nil {
		return nil, err
	}
	var now Lending
	out := false
	for _, p := range past {
		if p.Refused {
			continue
		}
		lends := len(p.Fields) == 0 // the same person, for the same reason, on the same day
		for field, into := range map[string]*string{"out_to": &now.To, "out_on": &now.On, "out_reason": &now.Reason} {
			if said, is := p.Fields[field].(string); is {
				*into, lends = said, true
			}
		}
		back, isBack := p.Fields["back_on"].(string)
		switch {
		case isBack && out:
			all[len(all)-1].Back, out = back, false
		case lends && now.To != "":
			all, out = append(all, now), true
		}
	}
	slices.Reverse(all)
	return all, nil
}

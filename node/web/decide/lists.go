package decide

import (
	"errors"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/people"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

// perPage is how many rows a list has on one page.
const perPage = 50

// refused is a change that the city did not let stand.
type refused struct {
	Kind   string // label
	Name   string // of whom or what, covered
	Why    string
	Fix    string
	Fields []pair
	Edit   string // "": there is nothing to edit
	Void   string // likewise
	Count  uint64 // of changes that one word of the city names
}

type pair struct{ Label, Text string }

// disputed is a record with values side by side.
type disputed struct{ Kind, Name, Fields, Href string }

type overview struct {
	Asked         []visit.Asked // voids that wait for the head who is there
	Refused, Held []refused
	Conflicts     []disputed
	Total         int // conflicts in all
	More          bool
	Check         int          // records to be checked
	Checked       bool         // it is known
	Others        []visit.Wait // what is decided on pages of its own, as the menu counts it
	Done          string
}

func (r *room) show(v *visit.Visit) error {
	w, err := r.now()
	if err != nil {
		return err
	}
	page := overview{Total: w.Conflicts, More: w.More}
	page.Check, page.Checked = r.reviewed()
	if v.R.URL.Query().Get("done") == "conflict" {
		page.Done = v.Say("已定好，已保存。没选的留在改动记录里，以后还能改回。", "Decided and saved. What was not chosen stays in the history.")
	}
	if v.Who.Role.May(people.Lead) {
		asked, err := v.Asked()
		if err != nil {
			return err
		}
		if page.Asked, err = v.WithNames(asked); err != nil {
			return err
		}
	}
	if page.Others, err = others(v); err != nil {
		return err
	}
	if page.Refused, err = r.refusals(v, w.Refused); err != nil {
		return err
	}
	if page.Held, err = r.refusals(v, w.Held); err != nil {
		return err
	}
	if page.Conflicts, err = r.conflicts(v); err != nil {
		return err
	}
	return v.Page("decide", "decide/list", page)
}

// others is what waits for a decision on other pages than this one.
func others(v *visit.Visit) ([]visit.Wait, error) {
	all, err := v.Waiting()
	return slices.DeleteFunc(all, func(w visit.Wait) bool { return w.Menu != "decide" || w.Count == 0 }), err
}

// refusals sets the first refusals of a list for a page.
func (r *room) refusals(v *visit.Visit, all []operate.Refusal) (rows []refused, err error) {
	all = all[:min(len(all), perPage)]
	said, err := r.named(v, all)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		row := refused{Why: pages.Text{Zh: one.Reason.Zh, En: one.Reason.En}.In(v.Lang), Fix: pages.Text{Zh: one.Reason.FixZh, En: one.Reason.FixEn}.In(v.Lang), Count: one.Count}
		k, known := r.site.Replica.Schema.Kind(one.Kind)
		if !known || one.Record == "" {
			row.Name = v.Say("本机的一批改动", "a run of this computer's changes")
			rows = append(rows, row)
			continue
		}
		row.Kind = k.Label.In(string(v.Lang))
		of, here := said[desk.Ref{Kind: one.Kind, ID: change.RecordID(one.Record)}]
		if row.Name = of.Called; !here {
			row.Name = one.Record
		} else {
			row.Edit = values.EditPath(one.Kind, of.ID)
			row.Fields = lostFields(v, k, of, one.Seq)
			if !of.Void && len(of.Fields) > 0 { // of one that never stood there is nothing to void
				row.Void = "/void/" + one.Kind + "/" + string(of.ID)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// lostFields are what the refused change said.
func lostFields(v *visit.Visit, k *schema.Kind, of desk.Said, seq int64) (fields []pair) {
	for _, lost := range of.Refused {
		if lost.Seq != uint64(seq) { //nolint:gosec // numbers of changes are below 1<<63
			continue
		}
		for _, f := range k.Fields {
			if text := values.Text(k, f.Name, lost.Fields[f.Name], v.Lang); text != "" && f.Name != "unit" && len(fields) < 4 {
				fields = append(fields, pair{f.Label.In(string(v.Lang)), text})
			}
		}
	}
	return fields
}

// named reads the records that refusals are of.
func (r *room) named(v *visit.Visit, all []operate.Refusal) (map[desk.Ref]desk.Said, error) {
	ids := map[string][]change.RecordID{}
	for _, one := range all {
		if k, known := r.site.Replica.Schema.Kind(one.Kind); known && !k.System && k.Sort != schema.Derived && one.Record != "" {
			ids[one.Kind] = append(ids[one.Kind], change.RecordID(one.Record))
		}
	}
	found := map[desk.Ref]desk.Said{}
	for kind, of := range ids {
		said, err := r.site.Desk.Several(v.Ctx(), kind, of, v.Asker("decide"))
		if err != nil {
			return nil, err
		}
		for _, one := range said {
			found[desk.Ref{Kind: kind, ID: one.ID}] = one
		}
	}
	return found, nil
}

// errEnough ends a list that is long enough.
var errEnough = errors.New("enough")

// conflicts lists the first records with values side by side.
func (r *room) conflicts(v *visit.Visit) (rows []disputed, err error) {
	ids := map[string][]change.RecordID{}
	fields := map[desk.Ref]string{}
	n := 0
	err = r.site.Desk.Conflicts(v.Ctx(), "", "", v.Asker("decide"), func(d *desk.Disputed) error {
		if n++; n > perPage {
			return errEnough
		}
		k, _ := r.site.Replica.Schema.Kind(d.Kind)
		text := ""
		for i, f := range d.Fields {
			if i > 0 {
				text += v.Say("、", ", ")
			}
			text += fieldName(v, k, f.Field)
		}
		ids[d.Kind], fields[desk.Ref{Kind: d.Kind, ID: d.ID}] = append(ids[d.Kind], d.ID), text
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	for _, k := range r.site.Replica.Schema.Kinds() {
		if len(ids[k.Name]) == 0 {
			continue
		}
		said, err := r.site.Desk.Several(v.Ctx(), k.Name, ids[k.Name], v.Asker("decide"))
		if err != nil {
			return nil, err
		}
		for _, one := range said {
			rows = append(rows, disputed{k.Label.In(string(v.Lang)), one.Called, fields[desk.Ref{Kind: k.Name, ID: one.ID}], conflictPath(k.Name, one.ID)})
		}
	}
	return rows, nil
}

func conflictPath(kind string, id change.RecordID) string {
	return "/decide/conflict/" + kind + "/" + string(id)
}

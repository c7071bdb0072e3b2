package decide

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

// duel is a record with values side by side, set for a page: a row for each field, a
// column for each device that wrote.
type duel struct {
	Kind, Name, Path string
	Version          string
	Columns          []column
	Rows             []duelRow
	Merged           []mergedField
	Reasons          []string // of what is suggested
	Error            string
	Stale            bool
	Since            []string // what has changed since the choice was shown
	Edit             string
	Over             bool // nothing stands side by side any more
}

// column is a device that wrote, and who.
type column struct {
	Title, By, Entered string
	device             change.DeviceID
}

type duelRow struct {
	Field, Label, Before string
	Cells                [][]choice // a cell for each column
	Error                string
}

// choice is one value that can be taken.
type choice struct {
	N         int
	Text      string
	Who       string
	Chosen    bool
	Suggested bool
	Key       string // tells it from other values, see sideKey
}

// mergedField is a field that one place alone has changed.
type mergedField struct{ Label, Text, Who string }

func (r *room) showConflict(v *visit.Visit) error {
	kind, id := v.R.PathValue("kind"), change.RecordID(v.R.PathValue("id"))
	d, err := r.disputed(v, kind, id)
	if err != nil {
		return err
	}
	page, err := r.duel(v, kind, id, d, nil)
	if err != nil {
		return err
	}
	return v.Page("decide", "decide/conflict", page)
}

// disputed is the record's values side by side; nil: it has none any more.
func (r *room) disputed(v *visit.Visit, kind string, id change.RecordID) (found *desk.Disputed, err error) {
	if k, known := r.site.Replica.Schema.Kind(kind); !known || k.System || k.Sort == schema.Derived {
		return nil, visit.NotFound()
	}
	err = r.site.Desk.Conflicts(v.Ctx(), kind, id, v.Asker("decide"), func(d *desk.Disputed) error {
		found = d
		return nil
	})
	return found, err
}

// settle saves what was chosen. Whatever has come since the choice was shown is shown
// first, with the choice as it was.
func (r *room) settle(v *visit.Visit) error {
	kind, id := v.R.PathValue("kind"), change.RecordID(v.R.PathValue("id"))
	d, err := r.disputed(v, kind, id)
	if err != nil {
		return err
	}
	if d == nil {
		return r.settled(v, kind, id)
	}
	if k, _ := r.site.Replica.Schema.Kind(kind); v.Site.Writes(k) && !v.Writes(k) {
		return visit.NotYours()
	}
	if isOfVoid(d) && !v.Who.Role.May(people.Lead) {
		return fault.New(fault.Denied, "whether a record is void is the head's to decide").WithHint("ask the head of the station")
	}
	chosen, missing := chosenOf(v, d)
	version := v.R.PostFormValue("version")
	if version == d.Version && missing {
		page, err := r.duel(v, kind, id, d, chosen)
		if err != nil {
			return err
		}
		page.Error = v.Say("还有没选的栏，每一栏选一个。什么都没有写入。", "Some fields have no choice yet; choose one in each. Nothing was written.")
		return v.PageAs(http.StatusUnprocessableEntity, "decide", "decide/conflict", page)
	}
	how := desk.Resolution{Version: version}
	for _, f := range d.Fields {
		if n := chosen[f.Field]; n > 0 {
			how.Choices = append(how.Choices, f.Field+"#"+strconv.Itoa(n))
		}
	}
	answer, err := r.site.Desk.Resolve(v.Ctx(), kind, id, how, v.Asker("decide"))
	switch {
	case err != nil:
		return r.refuse(v, kind, id, d, chosen, err)
	case answer.Stale != nil:
		return r.stale(v, kind, id, answer.Stale)
	}
	v.Site.Stale()
	return v.Go("/decide?done=conflict")
}

// isOfVoid reports whether it stands side by side that a record is void.
func isOfVoid(d *desk.Disputed) bool {
	return slices.ContainsFunc(d.Fields, func(f desk.DisputedField) bool { return f.Field == merge.VoidField })
}

// chosenOf reads the choice for each field.
func chosenOf(v *visit.Visit, d *desk.Disputed) (chosen map[string]int, missing bool) {
	chosen = map[string]int{}
	for _, f := range d.Fields {
		n, err := strconv.Atoi(v.R.PostFormValue("f." + f.Field))
		if err != nil || n < 1 || n > len(f.Values) {
			missing = true
			continue
		}
		chosen[f.Field] = n
	}
	return chosen, missing
}

// refuse says on the page what of a choice cannot stand.
func (r *room) refuse(v *visit.Visit, kind string, id change.RecordID, d *desk.Disputed, chosen map[string]int, err error) error {
	if fault.Of(err) != fault.Invalid {
		return err
	}
	page, failed := r.duel(v, kind, id, d, chosen)
	if failed != nil {
		return failed
	}
	page.Error = v.Lang.Line(err.Error()) + v.Say("。什么都没有写入。", ". Nothing was written.")
	return v.PageAs(http.StatusUnprocessableEntity, "decide", "decide/conflict", page)
}

// stale shows what stands side by side now. What was chosen before stays chosen where
// the same value is still there: the form says which values it had shown.
func (r *room) stale(v *visit.Visit, kind string, id change.RecordID, now *desk.Disputed) error {
	if len(now.Fields) == 0 {
		return r.settled(v, kind, id)
	}
	chosen := map[string]int{}
	for _, f := range now.Fields {
		was := v.R.PostFormValue("w." + f.Field + "." + v.R.PostFormValue("f."+f.Field))
		for _, side := range f.Values {
			if was != "" && was == sideKey(side) {
				chosen[f.Field] = side.N
			}
		}
	}
	page, err := r.duel(v, kind, id, now, chosen)
	if err != nil {
		return err
	}
	page.Stale = true
	if page.Since, err = r.since(v, kind, now); err != nil {
		return err
	}
	return v.PageAs(http.StatusConflict, "decide", "decide/conflict", page)
}

// sideKey tells one value side by side from others, without its content: by who gave it
// when, and a part of its hash, since one device may write twice in a second.
func sideKey(s desk.SideBySide) string { return writeKey(s.Device, s.Entered, s.Value) }

func writeKey(by change.DeviceID, entered string, item any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %v", by, entered, item))
	return string(by) + " " + entered + " " + hex.EncodeToString(sum[:4])
}

// since says what is there now that the form did not show, and what it showed that is
// settled.
func (r *room) since(v *visit.Visit, kind string, now *desk.Disputed) (lines []string, err error) {
	name, err := v.Names()
	if err != nil {
		return nil, err
	}
	k, _ := r.site.Replica.Schema.Kind(kind)
	for _, f := range now.Fields {
		shown := map[string]bool{}
		for n := 1; v.R.PostFormValue("w."+f.Field+"."+strconv.Itoa(n)) != ""; n++ {
			shown[v.R.PostFormValue("w."+f.Field+"."+strconv.Itoa(n))] = true
		}
		for _, side := range f.Values {
			if !shown[sideKey(side)] {
				lines = append(lines, v.Say("新的值：", "new value: ")+fieldName(v, k, f.Field)+v.Say("，", ", ")+shownSide(v, k, f.Field, side)+v.Say("（", " (")+name(side.Unit, side.By)+v.Say("）", ")"))
			}
		}
	}
	for _, f := range v.R.PostForm["field"] {
		if !slices.ContainsFunc(now.Fields, func(d desk.DisputedField) bool { return d.Field == f }) {
			if _, is := k.Field(f); is || f == merge.VoidField {
				lines = append(lines, v.Say("已经定好：", "settled: ")+fieldName(v, k, f))
			}
		}
	}
	return lines, nil
}

// settled says that somebody else has decided meanwhile.
func (r *room) settled(v *visit.Visit, kind string, id change.RecordID) error {
	page, err := r.duel(v, kind, id, nil, nil)
	if err != nil {
		return err
	}
	return v.Page("decide", "decide/conflict", page)
}

// duel sets a record for its page. chosen has the choices by field; nil: what is
// suggested is chosen.
func (r *room) duel(v *visit.Visit, kind string, id change.RecordID, d *desk.Disputed, chosen map[string]int) (page duel, err error) {
	k, known := r.site.Replica.Schema.Kind(kind)
	if !known {
		return page, visit.NotFound()
	}
	if d != nil {
		id = d.ID
	}
	said, err := r.site.Desk.Several(v.Ctx(), kind, []change.RecordID{id}, v.Asker("decide"))
	if err != nil {
		return page, err
	}
	if len(said) == 0 {
		return page, visit.NotFound()
	}
	page = duel{Kind: k.Label.In(string(v.Lang)), Name: said[0].Called, Path: conflictPath(kind, id), Edit: values.EditPath(kind, id), Over: d == nil}
	if d == nil {
		return page, nil
	}
	past, err := r.site.Desk.History(v.Ctx(), kind, id, v.Asker("decide"))
	if err != nil {
		return page, err
	}
	name, err := v.Names()
	if err != nil {
		return page, err
	}
	page.Version = d.Version
	page.Columns = r.columns(v, d, name)
	for _, f := range d.Fields {
		row := duelRow{Field: f.Field, Label: fieldName(v, k, f.Field), Before: before(v, k, f, past)}
		best, why := suggest(v, d, f)
		if why != "" && !slices.Contains(page.Reasons, why) {
			page.Reasons = append(page.Reasons, why)
		}
		row.Cells = make([][]choice, len(page.Columns))
		for _, side := range f.Values {
			at := slices.IndexFunc(page.Columns, func(c column) bool { return c.device == side.Device })
			one := choice{N: side.N, Text: cmp.Or(shownSide(v, k, f.Field, side), v.Say("（空）", "(empty)")), Who: who(v, name(side.Unit, side.By), side.Entered), Suggested: side.N == best, Key: sideKey(side)}
			if one.Chosen = one.Suggested; chosen != nil {
				one.Chosen = chosen[f.Field] == side.N
			}
			row.Cells[at] = append(row.Cells[at], one)
		}
		page.Rows = append(page.Rows, row)
	}
	page.Merged = merged(v, k, d, past, name)
	return page, nil
}

// columns are the devices whose values stand side by side, this one first.
func (r *room) columns(v *visit.Visit, d *desk.Disputed, name func(unit, login string) string) (all []column) {
	own := r.site.Replica.Keys.Device()
	for _, f := range d.Fields {
		for _, side := range f.Values {
			if slices.ContainsFunc(all, func(c column) bool { return c.device == side.Device }) {
				continue
			}
			c := column{Title: v.Say("另一台电脑", "another computer"), By: name(side.Unit, side.By), Entered: when(v, side.Entered), device: side.Device}
			switch {
			case side.Device == own:
				c.Title = v.Say("本机", "this computer")
			case side.Unit != d.Unit:
				c.Title = side.Unit
			}
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b column) int {
		switch {
		case a.device == own && b.device != own:
			return -1
		case b.device == own && a.device != own:
			return 1
		}
		return cmp.Compare(a.device, b.device)
	})
	return all
}

// suggest is which value the program would take, and why; 0: none is likelier. The
// unit that has the record is asked first, then what was entered later: the clocks of
// two computers may differ, so that people decide.
func suggest(v *visit.Visit, d *desk.Disputed, f desk.DisputedField) (best int, why string) {
	if f.Field == merge.VoidField {
		return 0, ""
	}
	var own []desk.SideBySide
	for _, side := range f.Values {
		if side.Unit == d.Unit {
			own = append(own, side)
		}
	}
	if len(own) == 1 && len(f.Values) > 1 {
		return own[0].N, v.Say("管这一户的社区自己录的为先", "what the community that has the record entered goes first")
	}
	latest := slices.MaxFunc(f.Values, func(a, b desk.SideBySide) int { return cmp.Compare(a.Entered, b.Entered) })
	for _, side := range f.Values {
		if side.N != latest.N && side.Entered == latest.Entered {
			return 0, ""
		}
	}
	return latest.N, v.Say("录入晚的为先", "what was entered later goes first")
}

// before is what the field said before anybody wrote what stands side by side.
func before(v *visit.Visit, k *schema.Kind, f desk.DisputedField, past []desk.Past) string {
	text, found := "", false
	for _, p := range past {
		item, has := p.Fields[f.Field]
		if !has || p.Refused {
			continue
		}
		if p.Parallel || slices.ContainsFunc(f.Values, func(s desk.SideBySide) bool { return sideKey(s) == writeKey(p.Device, p.Entered, item) }) {
			break
		}
		text, found = values.Text(k, f.Field, item, v.Lang), true
	}
	if !found || text == "" {
		return v.Say("（空）", "(empty)")
	}
	return text
}

// merged are the fields that one alone of the parallel changes has written.
func merged(v *visit.Visit, k *schema.Kind, d *desk.Disputed, past []desk.Past, name func(unit, login string) string) (rows []mergedField) {
	for _, p := range past {
		if !p.Parallel || p.Refused {
			continue
		}
		for _, f := range k.Fields {
			item, has := p.Fields[f.Name]
			if !has || f.Name == "unit" || slices.ContainsFunc(d.Fields, func(o desk.DisputedField) bool { return o.Field == f.Name }) {
				continue
			}
			rows = append(rows, mergedField{f.Label.In(string(v.Lang)), cmp.Or(values.Text(k, f.Name, item, v.Lang), v.Say("（空）", "(empty)")), who(v, name(p.Unit, p.Actor), p.Entered)})
		}
	}
	return rows
}

func shownSide(v *visit.Visit, k *schema.Kind, field string, s desk.SideBySide) string {
	if field == merge.VoidField {
		if s.Value == "0" {
			return v.Say("作废", "void")
		}
		return v.Say("照留，有人又改了", "keep it: somebody has edited it")
	}
	return values.Text(k, field, s.Value, v.Lang)
}

// fieldName is what a field is called; that a record is void has no name of its own.
func fieldName(v *visit.Visit, k *schema.Kind, field string) string {
	if field == merge.VoidField {
		return v.Say("作废还是留", "void or kept")
	}
	return values.Label(k, field, v.Lang)
}

func who(v *visit.Visit, by, entered string) string {
	if at := when(v, entered); at != "" {
		return by + v.Say("，", ", ") + at
	}
	return by
}

func when(v *visit.Visit, entered string) string {
	t, err := time.Parse(time.RFC3339, entered)
	if err != nil {
		return ""
	}
	return pages.When(v.Lang, t, v.Now())
}

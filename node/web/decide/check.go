package decide

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"

	"tongbu/internal/change"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

// judged are the records of a kind that fail one rule.
type judged struct {
	*desk.Reviewed
	kind *schema.Kind
	text schema.Label
}

// all judges the records of all kinds, or returns what was found just now.
func (r *room) all(v *visit.Visit) ([]judged, error) {
	r.judging.Lock()
	defer r.judging.Unlock()
	sent, now := r.sent(), r.site.Replica.Now()
	r.mutex.Lock()
	last := r.review
	r.mutex.Unlock()
	if last.isGood(sent, now, keepReview) {
		return last.what, nil
	}
	all, err := r.judge(v)
	if err != nil {
		return nil, err
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.review = kept[[]judged]{all, now, sent}
	return all, nil
}

// judge reads all records.
func (r *room) judge(v *visit.Visit) (all []judged, err error) {
	found, err := r.site.Desk.Review(v.Ctx())
	if err != nil {
		return nil, err
	}
	for _, one := range found {
		k, known := r.site.Replica.Schema.Kind(one.Kind)
		if !known {
			continue
		}
		rules, _ := k.Field(schema.FindingsField) // what is reviewed has it
		item, _ := rules.List().Item(one.Rule)
		all = append(all, judged{one, k, item.Label()})
	}
	slices.SortStableFunc(all, func(a, b judged) int { return cmp.Compare(len(b.IDs), len(a.IDs)) })
	return all, nil
}

// reviewed is how many records are to be checked, as far as somebody has looked lately.
func (r *room) reviewed() (n int, known bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return toCheck(r.review.what), !r.review.at.IsZero()
}

func toCheck(all []judged) (n int) {
	met := map[desk.Ref]bool{}
	for _, one := range all {
		for _, id := range one.IDs {
			ref := desk.Ref{Kind: one.Kind, ID: id}
			if !one.Explained && !met[ref] {
				met[ref] = true
				n++
			}
		}
	}
	return n
}

// rule is one row of the list of rules.
type rule struct {
	Kind, Text, Href string
	Count            int
}

type rules struct {
	Open, Explained []rule
	Check           int  // records without a reason, each once
	Shared          bool // some of them stand in several rows
	Looking         looking
}

func (r *room) showRules(v *visit.Visit) error {
	all, look, err := r.found(v)
	if err != nil {
		return err
	}
	page, sum := rules{Check: toCheck(all), Looking: look}, 0
	for _, one := range all {
		row := rule{Kind: one.kind.Label.In(string(v.Lang)), Text: one.text.In(string(v.Lang)), Href: one.href(1), Count: len(one.IDs)}
		if one.Explained {
			page.Explained = append(page.Explained, row)
		} else {
			page.Open = append(page.Open, row)
			sum += row.Count
		}
	}
	page.Shared = sum > page.Check
	return v.Page("decide", "decide/rules", page)
}

func (j judged) href(page int) string {
	to := "/decide/check/" + j.Kind + "/" + url.PathEscape(j.Rule)
	q := url.Values{}
	if j.Explained {
		q.Set("explained", "1")
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) > 0 {
		to += "?" + q.Encode()
	}
	return to
}

// failing is one record of a rule's list.
type failing struct {
	Name, Fields, Reason, Edit, Ref string
	Word                            pages.Word
}

type failingPage struct {
	Kind, Text        string
	Explained         bool
	Rows              []failing
	InFields          bool // the rows name fields
	From, Total, Page int
	Before, Next      string // addresses; "": none
	Looking           looking
}

func (r *room) showFailing(v *visit.Visit) error {
	all, look, err := r.found(v)
	if err != nil {
		return err
	}
	explained := v.R.URL.Query().Get("explained") == "1"
	at := slices.IndexFunc(all, func(j judged) bool {
		return j.Kind == v.R.PathValue("kind") && j.Rule == v.R.PathValue("rule") && j.Explained == explained
	})
	if at < 0 {
		return r.nothingFails(v, look)
	}
	of := all[at]
	last := max((len(of.IDs)+perPage-1)/perPage, 1)
	number, _ := strconv.Atoi(v.R.URL.Query().Get("page")) // none is 0
	number = min(max(number, 1), last)
	from := (number - 1) * perPage
	page := failingPage{Kind: of.kind.Label.In(string(v.Lang)), Text: of.text.In(string(v.Lang)), Explained: explained, Total: len(of.IDs), From: from + 1, Page: number, Looking: look}
	if page.Rows, err = r.failing(v, of, of.IDs[from:min(from+perPage, len(of.IDs))]); err != nil {
		return err
	}
	page.InFields = slices.ContainsFunc(page.Rows, func(row failing) bool { return row.Fields != "" })
	if number > 1 {
		page.Before = of.href(number - 1)
	}
	if number < last {
		page.Next = of.href(number + 1)
	}
	return v.Page("decide", "decide/failing", page)
}

// nothingFails answers for a rule of the schema that no record fails any more, and with
// no page for what is no rule.
func (r *room) nothingFails(v *visit.Visit, look looking) error {
	k, known := r.site.Replica.Schema.Kind(v.R.PathValue("kind"))
	if !known {
		return visit.NotFound()
	}
	rules, has := k.Field(schema.FindingsField)
	if !has {
		return visit.NotFound()
	}
	item, is := rules.List().Item(v.R.PathValue("rule"))
	if !is {
		return visit.NotFound()
	}
	return v.Page("decide", "decide/failing", failingPage{Kind: k.Label.In(string(v.Lang)), Text: item.Label().In(string(v.Lang)), Looking: look})
}

func (r *room) failing(v *visit.Visit, of judged, ids []change.RecordID) (rows []failing, err error) {
	said, err := r.site.Desk.Judged(v.Ctx(), of.Kind, ids, v.Asker("check"))
	if err != nil {
		return nil, err
	}
	for _, one := range said {
		row := failing{Name: one.Called, Edit: values.CheckPath(of.Kind, one.ID), Ref: of.Kind + "/" + string(one.ID),
			Word: pages.WordOf(v.Lang, one.State, v.Site.Parent())}
		row.Fields = values.Labels(of.kind, one.FoundIn[of.Rule], v.Lang)
		if f := of.kind.ReasonField(of.Rule); f != nil {
			row.Reason = values.Text(of.kind, f.Name, one.Fields[f.Name], v.Lang)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

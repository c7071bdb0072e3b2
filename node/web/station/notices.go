package station

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/visit"
)

// notice is a notice as the pages show it.
type notice struct {
	ID        string
	Title     string
	Kind      pages.Text
	Edition   string
	Document  string
	Source    string
	Unit      string // who has issued it, by its name
	Issued    string
	Effective string
	Expires   string
	Contact   string
	Body      []string // paragraphs
	MustRead  bool
	Screen    bool
	Over      bool // it has expired

	Unread bool   // it must be read, and who is there has not
	ReadOn string // when who is there has
}

// From is who has issued a notice, and when.
func (n notice) From(v *visit.Visit) string {
	said := cmp.Or(n.Source, n.Unit)
	if n.Issued != "" {
		said = strings.TrimPrefix(said+"，"+pages.Day(v.Lang, n.Issued, v.Today()), "，")
	}
	return said
}

// receipt is that somebody of the station has read a notice.
type receipt struct {
	Staff, On, Edition string
	State              pages.Word
	Ref                string // KIND/ID
	Old                bool   // of another edition than the present one
}

func (r *room) listNotices(v *visit.Visit) error {
	found, err := notices(v.Ctx(), v)
	if err != nil {
		return err
	}
	read, err := r.readBy(v)
	if err != nil {
		return err
	}
	for i := range found {
		found[i].mark(read)
	}
	slices.SortStableFunc(found, func(a, b notice) int {
		first := func(is bool) int {
			if is {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(first(a.Unread), first(b.Unread)), cmp.Compare(first(!a.Over), first(!b.Over)), strings.Compare(b.Issued, a.Issued), strings.Compare(a.ID, b.ID))
	})
	no, _ := strconv.Atoi(v.R.URL.Query().Get("page")) // what is no number is the first page
	return v.Page("notices", "station/notices", pageOf(found, no))
}

// noticesOnPage is how many a page lists.
const noticesOnPage = 50

// listing is one page of a list.
type listing struct {
	Notices []notice
	Unread  int
	All     int
	Page    int
	Of      int
}

func pageOf(all []notice, no int) listing {
	l := listing{All: len(all), Of: max(1, (len(all)+noticesOnPage-1)/noticesOnPage)}
	l.Page = min(max(no, 1), l.Of)
	for _, n := range all {
		if n.Unread {
			l.Unread++
		}
	}
	from := (l.Page - 1) * noticesOnPage
	l.Notices = all[from:min(from+noticesOnPage, len(all))]
	return l
}

// Before and After are the pages beside one; 0: there is none.
func (l listing) Before() int { return l.Page - 1 }

// After is the page behind this one.
func (l listing) After() int {
	if l.Page < l.Of {
		return l.Page + 1
	}
	return 0
}

// notices are all that are here. No person is in them, so the audit log has nothing.
func notices(ctx context.Context, v *visit.Visit) (all []notice, err error) {
	k, _ := v.Site.Replica.Schema.Kind("notice")
	err = v.Site.Desk.List(ctx, "notice", "", v.Asker(""), func(shown *desk.Shown) error {
		all = append(all, noticeOf(v, k, shown))
		return nil
	})
	return all, err
}

func noticeOf(v *visit.Visit, k *schema.Kind, shown *desk.Shown) notice {
	text := func(field string) string {
		s, _ := shown.Fields[field].(string)
		return schema.MaskIDNumbers(s)
	}
	is := func(field string) bool { b, _ := shown.Fields[field].(bool); return b }
	n := notice{ID: string(shown.ID), Title: text("title"), Edition: text("edition"), Document: text("document_no"), Source: text("source"), Issued: text("issued"),
		Effective: text("effective_on"), Expires: text("expires"), Contact: text("contact"), MustRead: is("must_read"), Screen: is("screen")}
	if f, known := k.Field("kind"); known && f.List() != nil {
		item, _ := f.List().Item(text("kind"))
		n.Kind = pages.Text{Zh: item.Zh, En: item.Label().In("en")}
	}
	if u, known := unitOf(v, shown.Unit); known {
		n.Unit = u
	}
	for line := range strings.Lines(text("body")) {
		if line = strings.TrimSpace(line); line != "" {
			n.Body = append(n.Body, line)
		}
	}
	n.Over = n.Expires != "" && n.Expires < v.Today()
	return n
}

func unitOf(v *visit.Visit, code string) (name string, known bool) {
	t := v.Site.Replica.Members.Tree()
	if t == nil {
		return "", false
	}
	u, known := t.ByCode(code)
	return u.Name, known
}

func (r *room) showNotice(v *visit.Visit) error {
	n, err := getNotice(v)
	if err != nil {
		return err
	}
	receipts, err := receiptsOf(v, n)
	if err != nil {
		return err
	}
	read, err := r.readBy(v)
	if err != nil {
		return err
	}
	n.mark(read)
	still, err := stillToRead(v, n, receipts)
	if err != nil {
		return err
	}
	return v.Page("notices", "station/notice", map[string]any{"Notice": n, "Receipts": receipts, "Still": still, "Writes": v.Who.Role.May(people.Write)})
}

func getNotice(v *visit.Visit) (notice, error) {
	k, _ := v.Site.Replica.Schema.Kind("notice")
	shown, err := v.Site.Desk.Get(v.Ctx(), "notice", change.RecordID(v.R.PathValue("id")), v.Asker(""))
	if err != nil {
		return notice{}, err
	}
	if shown.Void {
		return notice{}, visit.NotFound()
	}
	return noticeOf(v, k, shown), nil
}

// receiptsOf are those of this station, the last first.
func receiptsOf(v *visit.Visit, n notice) (all []receipt, err error) {
	err = v.Site.Desk.List(v.Ctx(), "read_receipt", fmt.Sprintf("notice = %q", n.ID), v.Asker(""), func(shown *desk.Shown) error {
		one := receiptOf(shown)
		one.State, one.Old = pages.WordOf(v.Lang, shown.State, v.Site.Parent()), one.Edition != n.Edition
		all = append(all, one)
		return nil
	})
	slices.SortFunc(all, func(a, b receipt) int {
		return cmp.Or(strings.Compare(b.On, a.On), strings.Compare(a.Staff, b.Staff), strings.Compare(a.Ref, b.Ref))
	})
	return all, err
}

func receiptOf(shown *desk.Shown) receipt {
	text := func(field string) string { s, _ := shown.Fields[field].(string); return s }
	return receipt{Staff: text("staff"), On: text("on"), Edition: text("edition"), Ref: "read_receipt/" + string(shown.ID)}
}

// stillToRead names who of the station has an account and has not read a notice.
func stillToRead(v *visit.Visit, n notice, receipts []receipt) (names []string, err error) {
	accounts, err := v.Site.People.List()
	if err != nil || !n.MustRead {
		return nil, err
	}
	for _, p := range accounts {
		has := slices.ContainsFunc(receipts, func(r receipt) bool { return !r.Old && r.Staff == staffName(p, accounts) })
		if !has && !p.IsOver(v.Today()) && p.Role.May(people.Write) {
			names = append(names, p.Name)
		}
	}
	return names, nil
}

// staffName is what a receipt calls somebody: by name, and with the login where two have
// one name.
func staffName(p people.Person, all []people.Person) string {
	for _, other := range all {
		if other.Login != p.Login && other.Name == p.Name {
			return p.Name + "（" + p.Login + "）"
		}
	}
	return p.Name
}

// confirmRead notes that who is there has read a notice. Pressed twice, it is noted once.
func (r *room) confirmRead(v *visit.Visit) error {
	n, err := getNotice(v)
	if err != nil {
		return err
	}
	back := "/notices/" + url.PathEscape(n.ID)
	if v.R.PostFormValue("edition") != n.Edition { // another one came while this one was read
		return v.Go(back)
	}
	accounts, err := v.Site.People.List()
	if err != nil {
		return err
	}
	fields := map[string]any{"notice": n.ID, "on": v.Today(), "staff": staffName(v.Who, accounts), "recorded_by": v.Who.Name, "recorded_on": v.Today()}
	if n.Edition != "" {
		fields["edition"] = n.Edition
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return fault.As(fault.Internal, "make a receipt", err)
	}
	how := desk.Saving{Actor: v.Who.Login, Run: fmt.Sprintf("read/%s/%s/%s", v.Who.Login, n.ID, n.Edition)}
	err = v.Site.Desk.Save(v.Ctx(), "read_receipt", []desk.Item{{Line: 1, JSON: raw}}, how, func(desk.Written) error { return nil })
	if err != nil {
		return err
	}
	r.unread.forget()
	v.Site.Stale()
	return v.Go(back)
}

package entry

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/node/drafts"
	"tongbu/node/people"
	"tongbu/node/web/visit"
)

// unfinished is the newest draft of the form that its owner left, nil for none.
func unfinished(v *visit.Visit, p plan) (*drafts.Draft, error) {
	all, err := v.Site.Drafts.List(v.Who.Login)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if d.Form == p.form && d.Subject == string(p.subject) && d.IsOpen() {
			return &d, nil
		}
	}
	return nil, nil
}

// openDraft shows the form of a draft as it was left.
func openDraft(v *visit.Visit) error {
	d, err := v.Site.Drafts.Get(v.Who.Login, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	if kind, is := strings.CutPrefix(d.Form, visit.VoidForm); is {
		return v.Go("/void/" + kind + "/" + d.Subject)
	}
	if !d.IsOpen() {
		return v.Go("/drafts")
	}
	p, err := planOf(v, d.Form, change.RecordID(d.Subject), change.RecordID(first(d.Values["of"])))
	if err != nil {
		return err
	}
	s, err := load(v, p, false)
	if err != nil {
		return err
	}
	s.draft, s.revision = d.ID, d.Revision
	if err := s.read(d.Values); err != nil {
		return err
	}
	s.open = min(1, len(s.parts)-1)
	if d.Beside != "" {
		s.notes = append(s.notes, noteBeside(v, &drafts.Conflict{Stored: drafts.Draft{ID: d.Beside}}))
	}
	return s.show(v, http.StatusOK)
}

// told is what a page is told of its draft.
type told struct {
	Text     string `json:"text"`
	Warn     bool   `json:"warn"`
	Href     string `json:"href,omitempty"` // where the other copy is, or where to sign in
	Link     string `json:"link,omitempty"`
	Draft    string `json:"draft,omitempty"`
	Revision uint64 `json:"revision,omitempty"`
	Out      bool   `json:"out,omitempty"` // nobody is signed in: the page is not left
}

// keepDraft keeps what is being typed.
func keepDraft(v *visit.Visit) error {
	s, err := postedAnywhere(v)
	if errors.Is(err, errAnother) {
		return tell(v, told{Out: true, Warn: true, Href: visit.SignInPath, Link: v.Say("登录", "Sign in"),
			Text: v.Say("现在登录的是另一个人。录的还在这一页上，请录的人再登录。", "Somebody else has signed in. What you typed is on this page; sign in again.")})
	}
	if err != nil {
		return err
	}
	s.draft = v.R.PathValue("id")
	kept, err := s.keep(v)
	var clash *drafts.Conflict
	var say told
	switch {
	case errors.As(err, &clash):
		n := noteBeside(v, clash)
		say = told{Text: n.Title + v.Say("。", ". ") + n.Text, Warn: true, Href: n.Href, Link: n.Link, Draft: clash.Kept.ID, Revision: clash.Kept.Revision}
	case fault.Of(err) == fault.Full:
		say = told{Text: noteFull(v).Title + v.Say("。", ". ") + noteFull(v).Text, Warn: true}
	case fault.Of(err) == fault.NotFound:
		say = told{Text: v.Say("这张表在另一个窗口已保存或不要了", "This form was saved or dropped in another window"), Warn: true, Href: "/drafts", Link: v.Say("看草稿", "See the drafts")}
	case err != nil:
		return err
	default:
		say = told{Text: keptAt(v, kept.KeptAt), Draft: kept.ID, Revision: kept.Revision}
	}
	if v.Over {
		say.Out, say.Text, say.Warn, say.Href, say.Link = true, over(v), true, visit.SignInPath+"?kept=1&back=/draft/"+s.draft, v.Say("登录", "Sign in")
	}
	return tell(v, say)
}

func tell(v *visit.Visit, say told) error {
	v.W.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(v.W).Encode(say)
}

func keptAt(v *visit.Visit, at time.Time) string {
	at = at.In(v.Now().Location())
	return v.Say("草稿 "+at.Format(time.TimeOnly)+" 已存", "Draft kept at "+at.Format(time.TimeOnly))
}

func over(v *visit.Visit) string {
	return v.Say("登录过了时间，请再输一次口令。您录的都在。", "Signed out by time; sign in again. What you typed is kept.")
}

// keepOver keeps what was sent when the session was over by time, and asks for the
// password again.
func (s *sheet) keepOver(v *visit.Visit) error {
	kept, err := s.keep(v)
	var clash *drafts.Conflict
	if errors.As(err, &clash) {
		kept, err = clash.Kept, nil
	}
	if err != nil {
		return err
	}
	return v.SignInAgain("/draft/" + kept.ID)
}

// postedAnywhere is the sheet that a form has sent to another address than its own.
func postedAnywhere(v *visit.Visit) (*sheet, error) {
	if err := v.R.ParseForm(); err != nil {
		return nil, unread(err)
	}
	of := v.R.PostForm
	p, err := planOf(v, of.Get("form"), change.RecordID(of.Get("subject")), change.RecordID(of.Get("of")))
	if err != nil {
		return nil, err
	}
	return posted(v, p)
}

func dropDraft(v *visit.Visit) error {
	if err := v.Site.Drafts.Drop(v.Ctx(), v.Who.Login, v.R.PathValue("id")); err != nil {
		return err
	}
	return v.Go(visit.SafePath(v.R.PostFormValue("back")))
}

func takeBack(v *visit.Visit) error {
	if err := v.Site.Drafts.TakeBack(v.Ctx(), v.Who.Login, v.R.PathValue("id")); err != nil {
		return err
	}
	return v.Go("/drafts")
}

// listDrafts lists what is not saved yet, and what the head has said.
func listDrafts(v *visit.Visit) error {
	all, err := v.Drafts()
	if err != nil {
		return err
	}
	page := draftsPage{Own: all, Settled: v.R.URL.Query().Get("settled")}
	if v.Who.Role.May(people.Lead) {
		asked, err := v.Asked()
		if err != nil {
			return err
		}
		if page.Waiting, err = v.WithNames(asked); err != nil {
			return err
		}
	}
	return v.Page("today", "entry/drafts", page)
}

// draftsPage is what is not saved yet: the own drafts, and for a head what waits for the
// head's word.
type draftsPage struct {
	Own     []drafts.Draft
	Waiting []visit.Asked
	Settled string // taken or returned: what the head has decided just now
}

// countWaiting adds them to what the menu says a head must decide.
func countWaiting(v *visit.Visit) (key string, count int) {
	if !v.Who.Role.May(people.Lead) {
		return "decide", 0
	}
	all, err := v.Asked()
	if err != nil { // the page that lists them says so
		return "decide", 0
	}
	return "decide", len(all)
}

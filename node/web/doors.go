package web

import (
	"net"
	"net/http"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/internal/words"
	"tongbu/node/people"
	"tongbu/node/web/visit"
)

// doors are the ways in and out: signing in, the first account, the own password, the
// language.
func doors(s *visit.Site) {
	s.Open("GET "+visit.SignInPath, showSignIn)
	s.Open("POST "+visit.SignInPath, signIn)
	s.Open("POST /first", makeFirst)
	s.Open("POST /signout", signOut)
	s.Open("POST /language", chooseLanguage)
	s.Get(visit.PasswordPath, people.Read, showPassword)
	s.Post(visit.PasswordPath, people.Read, setPassword)
	s.Open("GET /", func(*visit.Visit) error { return visit.NotFound() })
	s.Open("GET "+pages.AssetPath, func(v *visit.Visit) error {
		v.Site.Shell.Assets().ServeHTTP(v.W, v.R)
		return nil
	})
}

// signingIn is what the page for signing in shows.
type signingIn struct {
	First bool     // nobody has an account yet: the first one is made here
	Who   []choice // who may sign in; empty: the name is typed
	Login string
	Name  string
	visit.Wrong
	Back      string
	Kept      bool // they were signed out while they typed, and what they typed is kept
	Restarted bool // they were signed out because the program has started again
	Line      *pages.Line
}

func showSignIn(v *visit.Visit) error {
	v.Site.Desk.Attend()
	return pageOfSignIn(v, http.StatusOK, signingIn{Back: visit.SafePath(v.R.URL.Query().Get("back")), Kept: v.R.URL.Query().Get("kept") == "1",
		Restarted: v.Site.Sessions.OfBefore(v.R)})
}

func pageOfSignIn(v *visit.Visit, status int, in signingIn) error {
	any, err := v.Site.People.Any()
	if err != nil {
		return err
	}
	in.First, in.Line = !any, v.Site.Line()
	if in.Who, err = choices(v, in.Login); err != nil {
		return err
	}
	return v.Bare(status, "web/signin", in)
}

// choice is somebody who may sign in.
type choice struct {
	people.Person
	Role   pages.Text
	Chosen bool
}

// manyPeople is how many are too many to choose from.
const manyPeople = 20

// choices are who may sign in at this computer. Whoever comes from another one is told
// of nobody.
func choices(v *visit.Visit, chosen string) (all []choice, err error) {
	if !isHere(v.R) {
		return nil, nil
	}
	accounts, err := v.Site.People.List()
	if err != nil {
		return nil, err
	}
	for _, p := range accounts {
		if !p.IsOver(v.Today()) {
			all = append(all, choice{Person: p, Role: visit.RoleText(p.Role), Chosen: p.Login == people.Normal(chosen)})
		}
	}
	if len(all) > manyPeople {
		return nil, nil
	}
	return all, nil
}

func signIn(v *visit.Visit) error {
	login, back := v.R.PostFormValue("login"), visit.SafePath(v.R.PostFormValue("back"))
	who, err := v.Site.People.SignIn(v.Ctx(), login, v.R.PostFormValue("password"), addressOf(v.R))
	if err != nil {
		return refuseSignIn(v, signingIn{Login: login, Back: back}, "password", err)
	}
	v.Site.Sessions.Begin(v.W, v.R, who.Login, who.Term)
	if id, is := strings.CutPrefix(back, "/draft/"); is { // somebody else's draft is none to them
		if _, err := v.Site.Drafts.Get(who.Login, id); fault.Of(err) == fault.NotFound {
			back = "/"
		}
	}
	return v.Go(back)
}

// refuseSignIn says on the page itself, at a field, what people can mend.
func refuseSignIn(v *visit.Visit, in signingIn, field string, err error) error {
	switch fault.Of(err) {
	case fault.Invalid, fault.Denied, fault.Exhausted, fault.Busy:
		in.Wrong = visit.Wrong{Error: v.Lang.Line(err.Error()), Field: field}
		return pageOfSignIn(v, http.StatusUnprocessableEntity, in)
	}
	return err
}

// isHere reports whether somebody is at this computer.
func isHere(r *http.Request) bool {
	ip := net.ParseIP(addressOf(r))
	return ip != nil && ip.IsLoopback()
}

// makeFirst makes the first account of the station, which is its head's.
func makeFirst(v *visit.Visit) error {
	if !isHere(v.R) {
		return fault.New(fault.Denied, "the first account is made at the computer itself")
	}
	p := people.Person{Login: v.R.PostFormValue("login"), Name: v.R.PostFormValue("name"), Role: people.Head}
	password := v.R.PostFormValue("password")
	in := signingIn{Login: p.Login, Name: p.Name, Back: "/"}
	if password != v.R.PostFormValue("again") {
		in.Wrong = visit.Wrong{Error: v.Say("两次输的口令不一样，请再输。", "The two passwords differ; please type them again."), Field: "again"}
		return pageOfSignIn(v, http.StatusUnprocessableEntity, in)
	}
	who, err := v.Site.People.First(v.Ctx(), p, password)
	if err != nil {
		return refuseSignIn(v, in, people.FieldOf(err), err)
	}
	v.Site.Sessions.Begin(v.W, v.R, who.Login, who.Term)
	return v.Go("/")
}

func signOut(v *visit.Visit) error {
	v.Site.Sessions.Leave(v.R)
	return v.Go(visit.SignInPath)
}

func chooseLanguage(v *visit.Visit) error {
	switch l := words.Language(v.R.PostFormValue("to")); l {
	case words.Chinese, words.English:
		pages.SetLanguage(v.W, l)
	}
	return v.Go(visit.SafePath(v.R.PostFormValue("back")))
}

// addressOf is the address somebody comes from, without the port.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// beginAgain goes on in this browser alone: what somebody began elsewhere with the
// password of before is over.
func beginAgain(v *visit.Visit) error {
	who, err := v.Site.People.Current(v.Who.Login)
	if err != nil {
		return err
	}
	v.Site.Sessions.Begin(v.W, v.R, who.Login, who.Term)
	return v.Go(visit.PasswordPath + "?done=1")
}

// ownPassword is the page where somebody sets the own password.
type ownPassword struct {
	Error  string
	Done   bool // it was set just now
	Forced bool // nothing else can be done before
}

func showPassword(v *visit.Visit) error {
	return v.Page("", "web/password", ownPassword{Done: v.R.URL.Query().Get("done") == "1", Forced: v.Who.MustChange})
}

func setPassword(v *visit.Visit) error {
	fresh := v.R.PostFormValue("new")
	refuse := func(why string) error {
		return v.PageAs(http.StatusUnprocessableEntity, "", "web/password", ownPassword{Error: why, Forced: v.Who.MustChange})
	}
	if fresh != v.R.PostFormValue("again") {
		return refuse(v.Say("两次输的新口令不一样，请再输。", "The two new passwords differ; please type them again."))
	}
	err := v.Site.People.SetOwn(v.Ctx(), v.Who.Login, v.R.PostFormValue("old"), fresh)
	switch fault.Of(err) {
	case fault.OK:
		return beginAgain(v)
	case fault.Invalid, fault.Denied, fault.Exhausted, fault.Busy:
		return refuse(v.Lang.Line(err.Error()))
	}
	return err
}

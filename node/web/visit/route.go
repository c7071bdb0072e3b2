package visit

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/node/people"
)

// Action answers one request; what it returns is said on a page of its own.
type Action func(*Visit) error

// Route is one way into the site.
type Route struct {
	Method, Path string     // as http.ServeMux has them
	May          people.Act // what who takes it must be allowed; 0: it is open to everybody who reaches the site
	Kept         bool       // it is taken when the session is over by time too, to keep what was typed
}

// Routes are all that were registered, in that order.
func (s *Site) Routes() []Route { return slices.Clone(s.listed) }

func (s *Site) list(pattern string, may people.Act, kept bool) {
	method, path, _ := strings.Cut(pattern, " ")
	s.listed = append(s.listed, Route{Method: method, Path: path, May: may, Kept: kept})
}

// Get registers a page for who may do the act.
func (s *Site) Get(path string, may people.Act, do Action) { s.handle("GET "+path, may, do, false) }

// Post registers what a form sends, for who may do the act.
func (s *Site) Post(path string, may people.Act, do Action) { s.handle("POST "+path, may, do, false) }

// PostKept is Post for a form whose values must not be lost when the session is over by
// time: it is called then too, with Over set, to keep them and no more.
func (s *Site) PostKept(path string, may people.Act, do Action) {
	s.handle("POST "+path, may, do, true)
}

// Open registers a page for everybody who reaches the site. pattern has the method.
func (s *Site) Open(pattern string, do Action) {
	s.list(pattern, 0, false)
	s.routes().HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		s.bound(w, r)
		v := &Visit{Site: s, W: w, R: r, Lang: pages.LanguageOf(r)}
		if session, has := s.Sessions.Peek(r); has && !session.Over {
			if who, err := s.People.Current(session.Login); err == nil && who.Term == session.Term {
				v.Who = who
			}
		}
		v.end(do(v))
	})
}

// fileTime is how long a file may take to come, from a stick.
const fileTime = 2 * time.Minute

// Files registers a route for what carries files, up to a number of bytes.
func (s *Site) Files(path string, may people.Act, most int64, do Action) {
	s.list("POST "+path, may, false)
	s.routes().HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, most)
		pages.Within(w, r, fileTime)
		s.enter(w, r, may, do, false)
	})
}

func (s *Site) handle(pattern string, may people.Act, do Action, kept bool) {
	s.list(pattern, may, kept)
	s.routes().HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		s.bound(w, r)
		s.enter(w, r, may, do, kept)
	})
}

func (s *Site) bound(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, pages.MaxBody)
}

// enter lets in who has signed in and may do the act.
func (s *Site) enter(w http.ResponseWriter, r *http.Request, may people.Act, do Action, kept bool) {
	s.Desk.Attend()
	defer func() { _ = s.Replica.Journal.Rest() }() // a page reads all over the file, and each read maps 64 KiB; closed: it has none
	v := &Visit{Site: s, W: w, R: r, Lang: pages.LanguageOf(r)}
	session, has := s.Sessions.Of(r)
	if has {
		who, err := s.People.Current(session.Login)
		if err != nil || who.Term != session.Term { // the account has ended meanwhile, or has another password
			s.Sessions.End(w, r)
			has = false
		}
		v.Who, v.Over = who, session.Over
	}
	switch {
	case !has || v.Over && !kept:
		v.end(v.signIn(kept))
	case !v.Who.Role.May(may):
		v.end(NotYours())
	case v.Who.MustChange && r.URL.Path != PasswordPath:
		v.end(v.Go(PasswordPath))
	default:
		v.end(do(v))
	}
}

// PasswordPath is where somebody sets the own password.
const PasswordPath = "/password"

// SignInPath is where people sign in.
const SignInPath = "/signin"

// signIn sends to the page where people sign in; a part of a page is told so by its
// status, and its script says it without leaving what was typed. The address to which a
// form is sent is that of the form.
func (v *Visit) signIn(form bool) error {
	if v.IsShard() || v.R.Header.Get("Accept") == "application/json" {
		v.W.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	back := v.backHere()
	if form {
		back = v.R.URL.RequestURI()
	}
	return v.Go(SignInPath + "?" + url.Values{"back": {SafePath(back)}}.Encode())
}

// end says what failed.
func (v *Visit) end(err error) {
	if err == nil {
		return
	}
	if v.Ctx().Err() != nil && fault.Of(err) == fault.Canceled { // who asked has gone, and nobody is to be told
		return
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		err = TooLarge(large.Limit)
	}
	status, said := faultOf(v, err)
	if status == http.StatusInternalServerError {
		v.Site.Log.Error("a page failed", "path", v.R.Pattern, "error", err)
	}
	if v.IsShard() {
		v.W.Header().Set("HX-Retarget", "body")
		v.W.Header().Set("HX-Reswap", "innerHTML")
	}
	if err := v.PageAs(status, "", "fault", said); err != nil {
		v.Site.Log.Error("the page of a failure failed", "error", err)
		http.Error(v.W, http.StatusText(status), status)
	}
}

func (s *Site) routes() *http.ServeMux {
	if s.mux == nil {
		s.mux = http.NewServeMux()
	}
	return s.mux
}

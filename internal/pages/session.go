package pages

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Session is one browser in which somebody has signed in.
type Session struct {
	Login string
	Term  uint64 // of the account when it began; of a later term nothing that began before goes on
	Began time.Time
	Used  time.Time
	Over  bool // by time, or they have signed out: who it was is still known, so that what comes late is kept for them
}

// sessionKey is what a session is kept by: the hash of what the browser holds, so that
// memory does not hold what opens it.
type sessionKey [sha256.Size]byte

// Sessions are those of one site. They live in memory: a program that starts again has
// everybody sign in again.
type Sessions struct {
	Cookie  string        // its name
	Idle    time.Duration // unused for so long, a session is over
	Longest time.Duration // and so long after it began
	Now     func() time.Time

	mutex sync.Mutex
	all   map[sessionKey]*Session
	run   string // of the program, at the end of each key: who comes with that of another run was signed out by a new start
}

// maxOfLogin bounds those of one person, and maxSessions all: as many as all accounts of a
// station may have, so that nobody who signs in often signs others out. The one that was
// unused for longest makes room.
const (
	maxOfLogin  = 20
	maxSessions = 2000
)

// keepOver is how long after its end who had a session is known.
const keepOver = 24 * time.Hour

// Begin signs somebody in: always under a new key, so that one that was planted before
// opens nothing.
func (s *Sessions) Begin(w http.ResponseWriter, r *http.Request, login string, term uint64) {
	s.End(w, r)
	now := s.Now()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.all == nil {
		s.all, s.run = map[sessionKey]*Session{}, random(6)
	}
	text := random(32) + runMark + s.run
	s.makeRoom(login, now)
	s.all[sha256.Sum256([]byte(text))] = &Session{Login: login, Term: term, Began: now, Used: now}
	http.SetCookie(w, s.cookie(r, text, 0))
}

// runMark stands between a key and the run of the program that made it.
const runMark = "."

func random(bytes int) string {
	raw := make([]byte, bytes)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// OfBefore reports whether a request comes with the key of an earlier run of the program,
// which no longer knows it.
func (s *Sessions) OfBefore(r *http.Request) bool {
	c, err := r.Cookie(s.Cookie)
	if err != nil {
		return false
	}
	_, run, made := strings.Cut(c.Value, runMark)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return made && run != s.run
}

// Of is the session of a request; false where there is none. It counts as used.
func (s *Sessions) Of(r *http.Request) (Session, bool) { return s.find(r, true) }

// Peek is Of for what a page asks by itself: it is no sign that anybody is there.
func (s *Sessions) Peek(r *http.Request) (Session, bool) { return s.find(r, false) }

func (s *Sessions) find(r *http.Request, uses bool) (Session, bool) {
	key, has := s.keyOf(r)
	if !has {
		return Session{}, false
	}
	now := s.Now()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	one := s.all[key]
	if one == nil {
		return Session{}, false
	}
	if now.Sub(one.Used) > s.Idle || now.Sub(one.Began) > s.Longest {
		one.Over = true
	}
	if uses && !one.Over {
		one.Used = now
	}
	return *one, true
}

// Leave ends the session of a request, as the time does: in another window a form may be
// open still, and what comes from there is kept for who typed it.
func (s *Sessions) Leave(r *http.Request) {
	key, has := s.keyOf(r)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if one := s.all[key]; has && one != nil {
		one.Over = true
	}
}

// End forgets the session of a request.
func (s *Sessions) End(w http.ResponseWriter, r *http.Request) {
	key, has := s.keyOf(r)
	if !has {
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.all, key)
	http.SetCookie(w, s.cookie(r, "", -1))
}

// OfLogin are the sessions of somebody that are not over, the last used first.
func (s *Sessions) OfLogin(login string) (all []Session) {
	now := s.Now()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, one := range s.all {
		if one.Login == login && !one.Over && now.Sub(one.Used) <= s.Idle && now.Sub(one.Began) <= s.Longest {
			all = append(all, *one)
		}
	}
	slices.SortFunc(all, func(a, b Session) int { return b.Used.Compare(a.Used) })
	return all
}

// EndOthers forgets all sessions of somebody but that of the request.
func (s *Sessions) EndOthers(login string, but *http.Request) {
	keep, _ := s.keyOf(but)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for key, one := range s.all {
		if one.Login == login && key != keep {
			delete(s.all, key)
		}
	}
}

func (s *Sessions) keyOf(r *http.Request) (sessionKey, bool) {
	c, err := r.Cookie(s.Cookie)
	if err != nil || c.Value == "" {
		return sessionKey{}, false
	}
	return sha256.Sum256([]byte(c.Value)), true
}

func (s *Sessions) cookie(r *http.Request, value string, age int) *http.Cookie {
	return &http.Cookie{Name: s.Cookie, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode}
}

// makeRoom forgets sessions that are long over, and for one more of somebody the one
// unused for longest where there are too many.
func (s *Sessions) makeRoom(login string, now time.Time) {
	for key, one := range s.all {
		if now.Sub(one.Used) > s.Idle+keepOver {
			delete(s.all, key)
		}
	}
	s.forgetOldest(maxOfLogin-1, func(one *Session) bool { return one.Login == login })
	s.forgetOldest(maxSessions-1, func(*Session) bool { return true })
}

// forgetOldest keeps so many of some sessions, those that were used last.
func (s *Sessions) forgetOldest(most int, of func(*Session) bool) {
	var keys []sessionKey
	for key, one := range s.all {
		if of(one) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b sessionKey) int { return s.all[a].Used.Compare(s.all[b].Used) })
	for _, key := range keys[:max(len(keys)-most, 0)] {
		delete(s.all, key)
	}
}

package replica

import (
	"encoding/json"
	"net/http"
	"os/user"
	"time"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/socket"
	"tongbu/syncer"
)

// Routes adds what every tier answers on its socket.
func (s *Replica) Routes(mux *http.ServeMux) {
	mux.HandleFunc("POST /put/{kind}", s.put)
	mux.HandleFunc("GET /room", socket.Handle(func(*http.Request) (any, error) { return s.disk(), s.Room() }))
	mux.HandleFunc("GET /get/{kind}/{id}", socket.Handle(s.get))
	mux.HandleFunc("GET /list/{kind}", s.list)
	mux.HandleFunc("GET /history/{kind}/{id}", socket.Handle(s.history))
	mux.HandleFunc("GET /audit", socket.Handle(s.audits))
	mux.HandleFunc("GET /backup", s.backup)
	mux.HandleFunc("GET /carry/out", s.carryOut)
	mux.HandleFunc("POST /carry/in", socket.Handle(s.carryIn))
	mux.HandleFunc("GET /devices", socket.Handle(func(*http.Request) (any, error) { return s.Members.Devices(), nil }))
}

func (s *Replica) put(w http.ResponseWriter, r *http.Request) {
	lines := socket.NewLines(w)
	items, err := desk.ReadLines(r.Body)
	if err == nil {
		err = s.Room()
	}
	if err != nil {
		lines.Fail(err)
		return
	}
	start := time.Now()
	err = s.Desk.Put(r.Context(), r.PathValue("kind"), items, operator(), func(written desk.Written) error { return lines.Put(written) })
	if err != nil {
		lines.Fail(err)
		return
	}
	if len(items) == 1 {
		s.saves.add(time.Since(start))
	}
}

// operator is who a change is entered by, until clerks have names of their
// own here: the account on this computer.
func operator() string {
	u, err := user.Current()
	if err != nil || len(u.Username) > change.MaxActor {
		return "local"
	}
	return u.Username
}

func (s *Replica) kindOf(r *http.Request) (*schema.Kind, error) {
	k, ok := s.Schema.Kind(r.PathValue("kind"))
	if !ok {
		return nil, fault.New(fault.Invalid, "no such kind of record: %q", r.PathValue("kind"))
	}
	if s.cfg.Hub && k.Personal {
		return nil, fault.New(fault.Invalid, "a hub keeps no %s records of its own", k.Name).WithHint("use tongbu query")
	}
	return k, nil
}

func (s *Replica) get(r *http.Request) (any, error) {
	k, err := s.kindOf(r)
	if err != nil {
		return nil, err
	}
	var shown *Shown
	err = s.Journal.View(func(tx *journal.Tx) error {
		rec, err := s.Records.Get(tx, k.Name, change.RecordID(r.PathValue("id")))
		if err == nil && rec == nil {
			err = fault.New(fault.NotFound, "no such %s here", k.Name)
		}
		if err != nil {
			return err
		}
		shown, err = s.show(tx, k, rec)
		return err
	})
	if err := s.seen(r, audit.Get, k, idsOf(shown), err); err != nil {
		return nil, err
	}
	return shown, nil
}

func idsOf(shown ...*Shown) []change.RecordID {
	var ids []change.RecordID
	for _, s := range shown {
		if s != nil {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func (s *Replica) list(w http.ResponseWriter, r *http.Request) {
	lines := socket.NewLines(w)
	k, err := s.kindOf(r)
	if err != nil {
		lines.Fail(err)
		return
	}
	expr, err := filter.Parse(k, r.URL.Query().Get("filter"))
	if err != nil {
		lines.Fail(err)
		return
	}
	if err := s.each(r, k, expr, lines); err != nil {
		lines.Fail(err)
		return
	}
	lines.Flush()
}

func (s *Replica) each(r *http.Request, k *schema.Kind, expr *filter.Expr, lines *socket.Lines) error {
	for after, more := records.Cursor(""), true; more; more = after != "" {
		var page []*Shown
		var err error
		if page, after, err = s.page(k, expr, after); err != nil {
			return err
		}
		if err := s.seen(r, audit.List, k, idsOf(page...), nil); err != nil {
			return err
		}
		for _, shown := range page {
			if err := lines.Put(shown); err != nil {
				return err
			}
		}
		if err := r.Context().Err(); err != nil {
			return fault.Wrap("list", err)
		}
	}
	return nil
}

// ReadQuestion decodes a question of the command line; its scope may be a
// division code.
func (s *Replica) ReadQuestion(r *http.Request) (syncer.Question, error) {
	var q syncer.Question
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 64<<10)).Decode(&q); err != nil {
		return q, fault.As(fault.Invalid, "read the question", err)
	}
	if len(q.Scope) == 12 {
		t := s.Members.Tree()
		if t == nil {
			return q, fault.New(fault.Unavailable, "the tree of units has not arrived here yet")
		}
		u, ok := t.ByCode(string(q.Scope))
		if !ok {
			return q, fault.New(fault.Denied, "records of that unit are not open to this one").WithHint("ask about your own unit or one below it")
		}
		q.Scope = u.ID
	}
	q.Device, q.Operator = s.Keys.Device(), operator()
	return q, nil
}

// UnitOf resolves a division code or a unit id.
func (s *Replica) UnitOf(text string) (change.UnitID, error) {
	t := s.Members.Tree()
	if t == nil {
		return "", fault.New(fault.Unavailable, "the tree of units has not arrived here yet")
	}
	if u, ok := t.ByCode(text); ok {
		return u.ID, nil
	}
	if u, ok := t.Unit(change.UnitID(text)); ok {
		return u.ID, nil
	}
	return "", fault.New(fault.NotFound, "no unit %q in the tree", text)
}

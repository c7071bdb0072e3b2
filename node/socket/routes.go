package socket

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os/user"
	"strconv"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/node/desk"
	"tongbu/node/operate"
)

// Service is what is answered on a socket.
type Service struct {
	Desk    *desk.Desk
	Operate *operate.Operate
	// Ask answers a question of the command line.
	Ask func(context.Context, question.Question) (*question.Answer, error)
	// Get and History show records that others have made; nil: those of the desk.
	Get     func(context.Context, string, change.RecordID, desk.Asker) (*desk.Shown, error)
	History func(context.Context, string, change.RecordID, desk.Asker) ([]desk.Past, error)
	// AskAll answers it with all rows, in parts.
	AskAll func(context.Context, question.Question, question.Tell) error
}

// maxQuestion bounds a question, in bytes.
const maxQuestion = 64 << 10

// Routes renders the service for the command line; a hub adds its own to them.
func (s Service) Routes() *http.ServeMux {
	if s.Get == nil {
		s.Get, s.History = s.Desk.Get, s.Desk.History
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /room", Handle(func(*http.Request) (any, error) { return s.Operate.Disk(), s.Desk.Room() }))
	mux.HandleFunc("POST /put/{kind}", handleLines(s.handlePut))
	mux.HandleFunc("GET /get/{kind}/{id}", Handle(func(r *http.Request) (any, error) {
		return s.Get(r.Context(), r.PathValue("kind"), idOf(r), askerOf(r))
	}))
	mux.HandleFunc("GET /list/{kind}", handleLines(s.handleList))
	mux.HandleFunc("GET /history/{kind}/{id}", Handle(func(r *http.Request) (any, error) {
		return s.History(r.Context(), r.PathValue("kind"), idOf(r), askerOf(r))
	}))
	mux.HandleFunc("POST /query", Handle(s.handleQuery))
	mux.HandleFunc("POST /query/all", s.handleQueryAll)
	mux.HandleFunc("GET /status", Handle(func(r *http.Request) (any, error) {
		return s.Operate.Status(r.Context(), r.URL.Query().Has("measure"))
	}))
	mux.HandleFunc("GET /verify", Handle(func(r *http.Request) (any, error) { return s.Operate.Verify(r.Context()) }))
	mux.HandleFunc("GET /audit", Handle(s.handleAudit))
	mux.HandleFunc("GET /devices", Handle(func(*http.Request) (any, error) { return s.Operate.Devices(), nil }))
	mux.HandleFunc("GET /backup", handleBytes(func(w io.Writer, _ *http.Request) error { return s.Operate.Backup(w) }))
	mux.HandleFunc("GET /carry/out", handleSummed(func(w io.Writer, r *http.Request) (any, error) {
		q := r.URL.Query()
		return s.Operate.CarryOut(r.Context(), w, q.Get("for"), q.Has("all"))
	}))
	mux.HandleFunc("POST /carry/in", Handle(func(r *http.Request) (any, error) { return s.Operate.CarryIn(r.Context(), r.Body) }))
	return mux
}

func (s Service) handlePut(r *http.Request, tell func(any) error) error {
	items, err := desk.ReadLines(r.Body)
	if err != nil {
		return err
	}
	return s.Desk.Put(r.Context(), r.PathValue("kind"), items, operator(), func(w desk.Written) error { return tell(w) })
}

func (s Service) handleList(r *http.Request, tell func(any) error) error {
	return s.Desk.List(r.Context(), r.PathValue("kind"), r.URL.Query().Get("filter"), askerOf(r), func(shown *desk.Shown) error { return tell(shown) })
}

func (s Service) handleQuery(r *http.Request) (any, error) {
	q, err := readQuestion(r)
	if err != nil {
		return nil, err
	}
	return s.Ask(r.Context(), q)
}

func readQuestion(r *http.Request) (q question.Question, err error) {
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxQuestion)).Decode(&q); err != nil {
		return q, fault.As(fault.Invalid, "read the question", err)
	}
	q.Operator = operator()
	return q, nil
}

func (s Service) handleAudit(r *http.Request) (any, error) {
	q := r.URL.Query()
	from, _ := strconv.ParseUint(q.Get("from"), 10, 64) // what is no number is the beginning
	return s.Operate.Audit(from, q.Get("kind"), change.RecordID(q.Get("record")))
}

func idOf(r *http.Request) change.RecordID { return change.RecordID(r.PathValue("id")) }

func askerOf(r *http.Request) desk.Asker {
	return desk.Asker{Operator: operator(), Purpose: r.URL.Query().Get("purpose")}
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

package socket

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os/user"
	"strconv"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/matching"
	"tongbu/internal/question"
	"tongbu/internal/system"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/people"
	"tongbu/node/reports"
)

// Service is what is answered on a socket.
type Service struct {
	Desk    *desk.Desk
	Operate *operate.Operate
	People  *people.People // nil: there are no accounts here
	// Ask answers a question of the command line.
	Ask func(context.Context, question.Question) (*question.Answer, error)
	// Get and History show records that others have made; nil: those of the desk.
	Get     func(context.Context, string, change.RecordID, desk.Asker) (*desk.Shown, error)
	History func(context.Context, string, change.RecordID, desk.Asker) ([]desk.Past, error)
	// AskAll answers it with all rows, in parts.
	AskAll func(context.Context, question.Question, question.Tell) error
	// Match answers who or what goes with a vacancy or a person; nil: the desk.
	Match   func(context.Context, matching.Ask, desk.Asker) (*matching.Answer, error)
	Reports *reports.Reports
	// Publications lists what the city has published of the schema, with who has heard
	// it; nil: as it has come here.
	Publications func(context.Context) ([]operate.Publication, error)
}

// maxQuestion bounds a question, in bytes.
const maxQuestion = 64 << 10

// Routes renders the service for the command line; a hub adds its own to them.
func (s Service) Routes() *http.ServeMux {
	if s.Get == nil {
		s.Get, s.History = s.Desk.Get, s.Desk.History
	}
	if s.Match == nil {
		s.Match = func(ctx context.Context, ask matching.Ask, by desk.Asker) (*matching.Answer, error) {
			return desk.Suitable(ctx, s.Desk, ask, by)
		}
	}
	if s.Publications == nil {
		s.Publications = func(context.Context) ([]operate.Publication, error) { return s.Operate.Publications() }
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /room", Handle(func(*http.Request) (any, error) { return s.Operate.Disk(), s.Desk.Room() }))
	mux.HandleFunc("POST /put/{kind}", handleLines(s.handlePut))
	mux.HandleFunc("GET /get/{kind}/{id}", Handle(func(r *http.Request) (any, error) {
		return s.Get(r.Context(), r.PathValue("kind"), idOf(r), askerOf(r))
	}))
	mux.HandleFunc("GET /list/{kind}", handleLines(s.handleList))
	mux.HandleFunc("POST /search", handleLines(s.handleSearch))
	mux.HandleFunc("POST /match", Handle(s.handleMatch))
	mux.HandleFunc("GET /schema", Handle(func(*http.Request) (any, error) { return s.describe() }))
	mux.HandleFunc("POST /import", s.handleImport)
	mux.HandleFunc("GET /export/{kind}", handleLines(s.handleExport))
	mux.HandleFunc("GET /history/{kind}/{id}", Handle(func(r *http.Request) (any, error) {
		return s.History(r.Context(), r.PathValue("kind"), idOf(r), askerOf(r))
	}))
	mux.HandleFunc("GET /conflicts", handleLines(s.handleConflicts))
	mux.HandleFunc("POST /resolve/{kind}/{id}", Handle(s.handleResolve))
	mux.HandleFunc("POST /query", Handle(s.handleQuery))
	mux.HandleFunc("POST /query/all", s.handleQueryAll)
	mux.HandleFunc("GET /status", Handle(func(r *http.Request) (any, error) {
		return s.Operate.Status(r.Context(), r.URL.Query().Has("measure"))
	}))
	mux.HandleFunc("GET /verify", Handle(func(r *http.Request) (any, error) {
		q := r.URL.Query()
		return s.Operate.Verify(r.Context(), operate.Checked{On: q.Get("on"), Unit: q.Get("unit")})
	}))
	mux.HandleFunc("GET /cut", Handle(func(r *http.Request) (any, error) { return s.Operate.Cut(r.Context(), true) }))
	mux.HandleFunc("POST /cut", Handle(func(r *http.Request) (any, error) { return s.Operate.Cut(r.Context(), false) }))
	mux.HandleFunc("GET /audit", Handle(s.handleAudit))
	mux.HandleFunc("GET /schema/publications", Handle(func(r *http.Request) (any, error) { return s.Publications(r.Context()) }))
	mux.HandleFunc("GET /schema/documents", Handle(func(*http.Request) (any, error) { return s.Operate.Documents() }))
	mux.HandleFunc("GET /units", Handle(func(r *http.Request) (any, error) { return s.Operate.Units(r.URL.Query().Get("on")) }))
	mux.HandleFunc("GET /units/coming", Handle(func(*http.Request) (any, error) { return s.Operate.Coming() }))
	mux.HandleFunc("GET /pages", Handle(func(*http.Request) (any, error) { return s.Operate.Pages(), nil }))
	mux.HandleFunc("GET /devices", Handle(func(*http.Request) (any, error) { return s.Operate.Devices(), nil }))
	mux.HandleFunc("GET /address", Handle(func(*http.Request) (any, error) { return s.Operate.Addresses(), nil }))
	mux.HandleFunc("POST /address/{unit}", Handle(func(r *http.Request) (any, error) {
		q := r.URL.Query()
		at := system.HubAddress{Address: q.Get("at"), Web: q.Get("web"), Door: q.Get("door")}
		return s.Operate.SetAddress(r.Context(), r.PathValue("unit"), at)
	}))
	mux.HandleFunc("GET /backup", handleBytes(func(w io.Writer, _ *http.Request) error { return s.Operate.Backup(w) }))
	mux.HandleFunc("POST /backup/made", Handle(s.handleBackupMade))
	mux.HandleFunc("GET /carry/out", handleSummed(func(w io.Writer, r *http.Request) (any, error) {
		q := r.URL.Query()
		return s.Operate.CarryOut(r.Context(), w, q.Get("for"), q.Has("all"))
	}))
	mux.HandleFunc("POST /carry/in", Handle(func(r *http.Request) (any, error) { return s.Operate.CarryIn(r.Context(), r.Body) }))
	s.correctionRoutes(mux)
	s.transferRoutes(mux)
	s.duplicateRoutes(mux)
	s.accountRoutes(mux)
	s.reportRoutes(mux)
	return mux
}

// handlePut saves an input. One that came as a file, or has several objects, is a
// run that its content names, so that it may be put again after a failure; one
// object that was typed is recorded each time it is.
func (s Service) handlePut(r *http.Request, tell func(any) error) error {
	sum := sha256.New()
	items, err := desk.ReadLines(io.TeeReader(r.Body, sum))
	if err != nil {
		return err
	}
	q := r.URL.Query()
	how := desk.Saving{Actor: operator(), Run: q.Get("run"), Named: q.Has("run"), Update: q.Has("update"), Void: q.Has("void"), Reason: q.Get("reason")}
	if !how.Named && (q.Has("file") || len(items) > 1) {
		how.Run = "sha256:" + hex.EncodeToString(sum.Sum(nil))
	}
	return s.Desk.Save(r.Context(), r.PathValue("kind"), items, how, func(w desk.Written) error { return tell(w) })
}

func (s Service) handleConflicts(r *http.Request, tell func(any) error) error {
	q := r.URL.Query()
	if scope := q.Get("scope"); scope != "" && !s.Desk.IsHere(scope) {
		return fault.New(fault.Unsupported, "the values side by side are listed where the record is kept").
			WithHint("ask there, or at a hub: tongbu query KIND --scope %s --filter 'conflicts = true'", scope)
	}
	return s.Desk.Conflicts(r.Context(), q.Get("kind"), change.RecordID(q.Get("id")), askerOf(r), func(shown *desk.Disputed) error { return tell(shown) })
}

func (s Service) handleResolve(r *http.Request) (any, error) {
	var in desk.Resolution
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxQuestion)).Decode(&in); err != nil {
		return nil, fault.As(fault.Invalid, "read the resolution", err)
	}
	return s.Desk.Resolve(r.Context(), r.PathValue("kind"), idOf(r), in, askerOf(r))
}

func (s Service) handleList(r *http.Request, tell func(any) error) error {
	return s.Desk.List(r.Context(), r.PathValue("kind"), r.URL.Query().Get("filter"), askerOf(r), func(shown *desk.Shown) error { return tell(shown) })
}

// handleSearch is asked in a body: the text may be an ID number, which no address holds.
func (s Service) handleSearch(r *http.Request, tell func(any) error) error {
	var in desk.Search
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxQuestion)).Decode(&in); err != nil {
		return fault.As(fault.Invalid, "read what to search for", err)
	}
	return s.Desk.Search(r.Context(), in, askerOf(r), func(hit *desk.Hit) error { return tell(hit) })
}

// handleMatch is asked in a body, as a search is: an id may be a number of people's own.
func (s Service) handleMatch(r *http.Request) (any, error) {
	var in matching.Ask
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxQuestion)).Decode(&in); err != nil {
		return nil, fault.As(fault.Invalid, "read what to match", err)
	}
	return s.Match(r.Context(), in, askerOf(r))
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
	return s.Operate.Audit(from, q.Get("kind"), change.RecordID(q.Get("record")), q.Get("program"))
}

// handleBackupMade hears that the caller has the bytes of a backup on its disk, whole.
func (s Service) handleBackupMade(r *http.Request) (any, error) {
	var made operate.Made
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxQuestion)).Decode(&made); err != nil {
		return nil, fault.As(fault.Invalid, "read what was backed up", err)
	}
	s.Operate.BackedUp(made)
	return struct{}{}, nil
}

func idOf(r *http.Request) change.RecordID { return change.RecordID(r.PathValue("id")) }

// AskerOf is who asks on a socket, and what for.
func AskerOf(r *http.Request) desk.Asker { return askerOf(r) }

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

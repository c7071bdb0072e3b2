package socket

import (
	"encoding/json"
	"net/http"

	"tongbu/internal/fault"
	"tongbu/internal/report"
	"tongbu/node/reports"
)

// GivenReport is a report that was made here, by its id, or one that was made elsewhere.
type GivenReport struct {
	ID     string         `json:"id,omitempty"`
	Signed *report.Signed `json:"signed,omitempty"`
}

// Compared is what a comparison of reports is asked for; without another one it is with
// what is here now.
type Compared struct {
	Report  GivenReport  `json:"report"`
	Against *GivenReport `json:"against,omitempty"`
}

// maxOrder bounds an order for a report, in bytes.
const maxOrder = 4 << 10

func (s Service) reportRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /reports", Handle(func(*http.Request) (any, error) { return s.Reports.List() }))
	mux.HandleFunc("GET /reports/{id}", Handle(func(r *http.Request) (any, error) { return s.Reports.Show(r.PathValue("id")) }))
	mux.HandleFunc("POST /reports", Handle(func(r *http.Request) (any, error) {
		var o reports.Order
		if err := readBody(r, maxOrder, &o); err != nil {
			return nil, err
		}
		return s.Reports.Make(r.Context(), o)
	}))
	mux.HandleFunc("POST /reports/read", Handle(func(r *http.Request) (any, error) { return s.givenReport(r) }))
	mux.HandleFunc("POST /reports/recount", Handle(func(r *http.Request) (any, error) {
		of, err := s.givenReport(r)
		if err != nil {
			return nil, err
		}
		return s.Reports.Recount(r.Context(), of)
	}))
	mux.HandleFunc("POST /reports/diff", Handle(s.handleDiff))
}

func readBody(r *http.Request, limit int64, into any) error {
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, limit)).Decode(into); err != nil {
		return fault.As(fault.Invalid, "read the request", err)
	}
	return nil
}

func (s Service) givenReport(r *http.Request) (*report.Signed, error) {
	var g GivenReport
	if err := readBody(r, report.MaxSigned, &g); err != nil {
		return nil, err
	}
	return s.reportOf(g)
}

func (s Service) reportOf(g GivenReport) (*report.Signed, error) {
	if g.Signed != nil {
		return g.Signed, nil
	}
	return s.Reports.Show(g.ID)
}

func (s Service) handleDiff(r *http.Request) (any, error) {
	var c Compared
	if err := readBody(r, 2*report.MaxSigned, &c); err != nil {
		return nil, err
	}
	was, err := s.reportOf(c.Report)
	if err != nil {
		return nil, err
	}
	var against *report.Signed
	if c.Against != nil {
		if against, err = s.reportOf(*c.Against); err != nil {
			return nil, err
		}
	}
	return s.Reports.Diff(r.Context(), was, against, reports.Asker{Operator: operator()})
}

package socket

import (
	"encoding/json"
	"net/http"

	"tongbu/internal/fault"
	"tongbu/node/people"
)

// NewAccount asks for an account.
type NewAccount struct {
	people.Person
	Password string `json:"password"`
}

// ChangedAccount asks for a change of one.
type ChangedAccount struct {
	Login string `json:"login"`
	people.Change
}

// accountRoutes are those of the accounts of the people at a node.
func (s Service) accountRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /accounts", Handle(s.atNode(func(*http.Request) (any, error) { return s.People.List() })))
	mux.HandleFunc("POST /accounts", Handle(s.atNode(func(r *http.Request) (any, error) {
		var in NewAccount
		if err := readAccount(r, &in); err != nil {
			return nil, err
		}
		return s.People.Add(r.Context(), commandLine(), in.Person, in.Password)
	})))
	mux.HandleFunc("POST /accounts/change", Handle(s.atNode(func(r *http.Request) (any, error) {
		var in ChangedAccount
		if err := readAccount(r, &in); err != nil {
			return nil, err
		}
		return s.person(in.Login, s.People.Change(r.Context(), commandLine(), in.Login, in.Change))
	})))
	mux.HandleFunc("POST /accounts/end", Handle(s.atNode(func(r *http.Request) (any, error) {
		var in ChangedAccount
		if err := readAccount(r, &in); err != nil {
			return nil, err
		}
		return s.person(in.Login, s.People.End(r.Context(), commandLine(), in.Login))
	})))
}

// person answers with an account as it is after an act.
func (s Service) person(login string, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	all, err := s.People.List()
	for _, p := range all {
		if p.Login == people.Normal(login) {
			return p, err
		}
	}
	return nil, err
}

// commandLine is who acts on accounts here: whoever runs the program leads.
func commandLine() string { return people.AtCommandLine(operator()) }

// atNode answers at a node alone.
func (s Service) atNode(fn func(*http.Request) (any, error)) func(*http.Request) (any, error) {
	if s.People != nil {
		return fn
	}
	return func(*http.Request) (any, error) {
		return nil, fault.New(fault.Invalid, "people have no accounts at a hub yet").WithHint("give --dir of a node")
	}
}

// readAccount does not say what it could not read: a password may be in it.
func readAccount(r *http.Request, into any) error {
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxQuestion)).Decode(into); err != nil {
		return fault.New(fault.Invalid, "the account cannot be read").WithHint("update this program, or that which serves the directory")
	}
	return nil
}

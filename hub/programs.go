package hub

import (
	"context"
	"encoding/json"
	"net/http"

	"tongbu/hub/root"
	"tongbu/internal/access"
	"tongbu/internal/fault"
	"tongbu/internal/members"
	"tongbu/internal/system"
)

// Program is a program's access as it is shown: without what its secret is known by.
type Program struct {
	Name    string   `json:"name"`
	Unit    string   `json:"unit"` // division code
	At      string   `json:"unit_name,omitempty"`
	Kinds   []string `json:"kinds"`   // "*": all
	Numbers string   `json:"numbers"` // "masked" or "full"
	Purpose string   `json:"purpose"`
	Until   string   `json:"until,omitempty"` // last day; "": no end
	Shows   string   `json:"shows"`           // "token" or "certificate": what it is known by
	Rate    int      `json:"rate,omitempty"`  // questions a second; 0: the default
	State   string   `json:"state"`           // "active", "revoked", or "ended" with its last day
	Added   int64    `json:"added_ms"`
}

// NewProgram is a program's access with its secret, which is told this once.
type NewProgram struct {
	Program
	Token string `json:"token,omitempty"`
	PEM   string `json:"pem,omitempty"`
}

// ended is the state of access whose last day is over.
const ended = "ended"

// Programs lists the programs that the city has given access, as far as it is known here.
func (h *Hub) Programs() ([]Program, error) {
	day, err := h.Replica.Day()
	if err != nil {
		return nil, err
	}
	all := []Program{}
	for _, p := range h.Replica.Members.Programs() {
		all = append(all, h.shown(p, day))
	}
	return all, nil
}

func (h *Hub) shown(p system.Program, day string) Program {
	s := Program{Name: p.Name, Unit: h.Replica.Members.Code(p.Unit), At: h.Replica.Members.Name(p.Unit), Kinds: p.Kinds, Numbers: "masked",
		Purpose: p.Purpose, Until: p.Until, Shows: "token", Rate: p.Rate, State: p.State, Added: p.Added}
	if p.Full {
		s.Numbers = "full"
	}
	if p.Certificate != nil {
		s.Shows = "certificate"
	}
	if p.State == system.Active && access.ProgramActive(members.RightsOf(p), day) != nil {
		s.State = ended
	}
	return s
}

func (h *Hub) addProgram(r *http.Request) (any, error) {
	var o root.ProgramOrder
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 64<<10)).Decode(&o); err != nil {
		return nil, fault.As(fault.Invalid, "read the request", err)
	}
	issued, err := h.Root.AddProgram(r.Context(), o)
	if err != nil {
		return nil, err
	}
	day, err := h.Replica.Day()
	return NewProgram{Program: h.shown(issued.Program, day), Token: issued.Token, PEM: issued.PEM}, err
}

func (h *Hub) revokeProgram(ctx context.Context, name, reason string) (any, error) {
	p, err := h.Root.RevokeProgram(ctx, name, reason)
	if err != nil {
		return nil, err
	}
	day, err := h.Replica.Day()
	return h.shown(p, day), err
}

package root

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"tongbu/internal/access"
	"tongbu/internal/audit"
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/today"
	"tongbu/syncer/streams"
)

// ProgramOrder asks for the access of a program.
type ProgramOrder struct {
	Name    string   `json:"name"`
	Unit    string   `json:"unit"`            // division code or unit id: it asks about this unit and those below
	Kinds   []string `json:"kinds"`           // it may see; system.AllKinds: all
	Full    bool     `json:"full,omitempty"`  // it is shown personal numbers in full
	Purpose string   `json:"purpose"`         // for the audit log
	Until   string   `json:"until,omitempty"` // last day, YYYY-MM-DD; "": no end
	Rate    int      `json:"rate,omitempty"`  // questions a second; 0: the default
	Cert    bool     `json:"cert,omitempty"`  // a certificate in place of a token
}

// Issued is the access that was given, with the secret, which is nowhere kept: a token,
// or key and certificate in PEM.
type Issued struct {
	system.Program
	Token string
	PEM   string
}

// AddProgram gives a program access. Every hub knows of it with its next round. It
// returns Invalid for a name that has access already and for an order that is not in
// order; NotFound for a unit that is not in the tree.
func (r *Root) AddProgram(ctx context.Context, o ProgramOrder) (Issued, error) {
	day, zone, err := r.day()
	if err != nil {
		return Issued{}, err
	}
	p, err := r.programOf(o, day)
	if err != nil {
		return Issued{}, err
	}
	issued, err := r.issue(p, o.Cert, day, zone)
	if err != nil {
		return Issued{}, err
	}
	err = r.at.Streams.Write(ctx, func(w *streams.Writer) error {
		known, err := r.program(w.Tx, p.Name)
		switch {
		case err != nil:
			return err
		case known != nil && access.ProgramActive(members.RightsOf(*known), day) == nil:
			return fault.New(fault.Invalid, "program %s has access already", p.Name).
				WithHint("choose another name, or revoke it first: tongbu program revoke %s", p.Name)
		}
		return r.admission.writeRecord(w, r.at.Place.RootUnit, system.ProgramKind, change.RecordID(p.Name), issued.Fields())
	})
	if err != nil {
		return Issued{}, err
	}
	r.at.Log.Info("program added", "program", p.Name, "unit", string(p.Unit), "kinds", len(p.Kinds), "full", p.Full, "until", issued.Until)
	return issued, nil
}

// RevokeProgram ends a program's access and returns it as it is then. It returns
// NotFound for a name that never had any.
func (r *Root) RevokeProgram(ctx context.Context, name, reason string) (p system.Program, err error) {
	if err := system.CheckProgramName(name); err != nil {
		return p, err
	}
	err = r.at.Streams.Write(ctx, func(w *streams.Writer) error {
		known, err := r.program(w.Tx, name)
		switch {
		case err != nil:
			return err
		case known == nil:
			return fault.New(fault.NotFound, "no program %s was ever given access", name).WithHint("tongbu program list shows them")
		case known.State == system.Revoked:
			p = *known
			return nil
		}
		p, p.State = *known, system.Revoked
		return r.admission.writeRecord(w, r.at.Place.RootUnit, system.ProgramKind, change.RecordID(name), system.Revocation(reason))
	})
	if err == nil {
		r.at.Log.Warn("program revoked", "program", name)
	}
	return p, err
}

// program reads what the city has said of a program; nil: nothing.
func (r *Root) program(tx *journal.Tx, name string) (*system.Program, error) {
	rec, err := r.at.Records.Get(tx, system.ProgramKind, change.RecordID(name))
	if err != nil || rec == nil {
		return nil, err
	}
	p := system.ProgramFrom(rec)
	return &p, nil
}

// day is the network's day, and the zone in which it is one.
func (r *Root) day() (date string, zone *time.Location, err error) {
	err = r.at.Journal.View(func(tx *journal.Tx) error {
		day, name, err := r.at.Today(tx)
		if err != nil {
			return err
		}
		date = day.Date
		zone, err = today.Zone(name)
		return err
	})
	return date, zone, err
}

// programOf checks an order, and is the access that it asks for.
func (r *Root) programOf(o ProgramOrder, day string) (p system.Program, err error) {
	p = system.Program{Name: o.Name, Full: o.Full, Purpose: strings.TrimSpace(o.Purpose), Until: o.Until, Rate: o.Rate,
		State: system.Active, Added: r.at.Now().UnixMilli()}
	if err := system.CheckProgramName(p.Name); err != nil {
		return p, err
	}
	if p.Unit, err = r.at.Members.UnitOf(o.Unit); err != nil {
		return p, err
	}
	if p.Kinds, err = r.kindsOf(o.Kinds); err != nil {
		return p, err
	}
	return p, checkLimits(p, day)
}

// maxRate bounds the questions a second that a program may be given.
const maxRate = 10000

func checkLimits(p system.Program, day string) error {
	switch {
	case p.Purpose == "":
		return fault.New(fault.Invalid, "a program has a purpose").WithHint("say what it looks for: --purpose TEXT; it stands in the audit log")
	case len(p.Purpose) > audit.MaxText:
		return fault.New(fault.Invalid, "the purpose has %d bytes, more than the %d that the audit log keeps", len(p.Purpose), audit.MaxText)
	case schema.MaskIDNumbers(p.Purpose) != p.Purpose:
		return fault.New(fault.Invalid, "an ID number has no place in a purpose")
	case p.Until != "" && !calendar.Valid(p.Until):
		return fault.New(fault.Invalid, "the last day is no date").WithHint("--until YYYY-MM-DD")
	case p.Until != "" && p.Until < day:
		return fault.New(fault.Invalid, "the last day, %s, is over", p.Until).WithHint("today is %s", day)
	case p.Rate < 0 || p.Rate > maxRate:
		return fault.New(fault.Invalid, "a program asks at most %d questions a second", maxRate).WithHint("--rate 0: the default of the hub that answers")
	}
	return nil
}

// kindsOf are the kinds by their names, each once. One that is never open to programs is
// refused as one that does not exist.
func (r *Root) kindsOf(names []string) (kinds []string, err error) {
	for _, name := range names {
		name = strings.TrimSpace(name)
		if name == system.AllKinds {
			return []string{system.AllKinds}, nil
		}
		k, _ := r.at.Schema.Kind(name)
		if err := access.ProgramKind(access.Rights{All: true}, k, name); err != nil {
			return nil, err
		}
		if !slices.Contains(kinds, k.Name) {
			kinds = append(kinds, k.Name)
		}
	}
	if len(kinds) == 0 {
		return nil, fault.New(fault.Invalid, "no kind is named that the program may see").WithHint("--kinds person,household, or --kinds '*' for all")
	}
	return kinds, nil
}

// issue makes the secret. A certificate ends with a date; where none is named, in a year.
func (r *Root) issue(p system.Program, cert bool, day string, zone *time.Location) (Issued, error) {
	if !cert {
		var secret [32]byte
		rand.Read(secret[:])
		token := system.ProgramToken(secret)
		hash, _ := system.ProgramTokenHash(token)
		p.Token = hash[:]
		return Issued{Program: p, Token: token}, nil
	}
	first, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return Issued{}, fault.As(fault.Internal, "read the day", err)
	}
	if p.Until == "" {
		p.Until = first.AddDate(1, 0, -1).Format(time.DateOnly)
	}
	last, err := time.ParseInLocation(time.DateOnly, p.Until, zone)
	if err != nil {
		return Issued{}, fault.As(fault.Invalid, "read the last day", err)
	}
	made, err := r.authority.IssueProgram(p.Name, last.AddDate(0, 0, 1), first)
	p.Certificate = made.Key[:]
	return Issued{Program: p, PEM: string(made.PEM)}, err
}

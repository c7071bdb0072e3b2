package system

import (
	"encoding/base64"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
)

// ProgramKind is the kind of the records in which the city says which programs may
// ask, and what; a record's id is the program's name.
const ProgramKind = "program"

// AllKinds among a program's kinds means all that the schema has.
const AllKinds = "*"

// Program is a program that may ask hubs, as the city says it is.
type Program struct {
	Name        string
	Unit        change.UnitID // it asks about this unit and those below
	Kinds       []string      // it may see; AllKinds alone: all
	Full        bool          // it is shown personal numbers in full
	Purpose     string        // what it looks for; it stands in the audit log
	Until       string        // last day of its access, YYYY-MM-DD; "": no end
	Token       []byte        // SHA-256 of its token; nil: it has none
	Certificate []byte        // SHA-256 of the public key of its certificate (SPKI); nil: it has none
	Rate        int           // questions a second; 0: what the hub allows by default
	State       string        // Active, Revoked
	Added       int64         // Unix milliseconds
}

// ProgramFrom reads a program from its record. Where the city has said two things
// side by side, revoked counts.
func ProgramFrom(r *merge.Record) Program {
	p := Program{Name: string(r.ID()), Unit: change.UnitID(r.Value("unit").Text()), Kinds: strings.Fields(r.Value("kinds").Text()), Full: r.Value("full").Bool(),
		Purpose: r.Value("purpose").Text(), Until: r.Value("until").Text(), Token: hashFrom(r.Value("token")), Certificate: hashFrom(r.Value("certificate")),
		Rate: int(max(r.Value("rate").Int(), 0)), State: r.Value("state").Text(), Added: r.Value("added").Int()}
	revoked := change.Text(Revoked)
	if slices.ContainsFunc(r.Writes(), func(w merge.Write) bool { return w.Field == "state" && w.Value == revoked }) {
		p.State = Revoked
	}
	return p
}

// Fields are those of the change that gives the access: all of them, so that one that
// is given again keeps nothing of what it was.
func (p Program) Fields() map[string]change.Value {
	return map[string]change.Value{
		"unit": change.Text(string(p.Unit)), "kinds": change.Text(strings.Join(p.Kinds, " ")), "full": change.Bool(p.Full),
		"purpose": change.Text(p.Purpose), "until": textOrNull(p.Until), "token": hashValue(p.Token), "certificate": hashValue(p.Certificate),
		"rate": change.Int(int64(p.Rate)), "state": change.Text(p.State), "added": change.Int(p.Added), "reason": change.Null,
	}
}

func textOrNull(text string) change.Value {
	if text == "" {
		return change.Null
	}
	return change.Text(text)
}

func hashValue(hash []byte) change.Value {
	return textOrNull(base64.StdEncoding.EncodeToString(hash))
}

// hashFrom is nil for what is no hash.
func hashFrom(v change.Value) []byte {
	raw, err := base64.StdEncoding.DecodeString(v.Text())
	if err != nil || len(raw) != programHash {
		return nil
	}
	return raw
}

// maxProgramName bounds a name, in letters.
const maxProgramName = 40

// CheckProgramName returns Invalid unless the name is of lower-case letters, digits and
// hyphens, begins with a letter and is short: it stands in certificates, logs and the
// command line.
func CheckProgramName(name string) error {
	for i, c := range []byte(name) {
		letter, other := c >= 'a' && c <= 'z', c >= '0' && c <= '9' || c == '-'
		if !letter && (i == 0 || !other) {
			return errProgramName()
		}
	}
	if name == "" || len(name) > maxProgramName {
		return errProgramName()
	}
	return nil
}

func errProgramName() error {
	return fault.New(fault.Invalid, "that is no name of a program").
		WithHint("up to %d letters a to z, digits and hyphens, a letter first: social-insurance", maxProgramName)
}

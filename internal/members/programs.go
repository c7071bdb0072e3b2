package members

import (
	"crypto/sha256"
	"slices"
	"strings"

	"tongbu/internal/access"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/system"
)

// programs are those that the city has given access, also where it has ended.
type programs struct {
	byName  map[string]system.Program
	byToken map[[sha256.Size]byte]string // SHA-256 -> name
	byKey   map[[sha256.Size]byte]string
}

// readPrograms reads them all: a city has few, and they seldom change.
func readPrograms(tx *journal.Tx, store *records.Records) (programs, error) {
	all := programs{byName: map[string]system.Program{}, byToken: map[[sha256.Size]byte]string{}, byKey: map[[sha256.Size]byte]string{}}
	err := store.Each(tx, system.ProgramKind, "", func(r *merge.Record) error {
		if p := system.ProgramFrom(r); !r.Void() && system.CheckProgramName(p.Name) == nil {
			all.add(p)
		}
		return nil
	})
	return all, err
}

func (all *programs) add(p system.Program) {
	all.byName[p.Name] = p
	if len(p.Token) == sha256.Size {
		all.byToken[[sha256.Size]byte(p.Token)] = p.Name
	}
	if len(p.Certificate) == sha256.Size {
		all.byKey[[sha256.Size]byte(p.Certificate)] = p.Name
	}
}

// RightsOf is what a program may do, for access to decide by.
func RightsOf(p system.Program) access.Rights {
	return access.Rights{Program: p.Name, Unit: p.Unit, Kinds: p.Kinds, All: slices.Contains(p.Kinds, system.AllKinds), Until: p.Until, Revoked: p.State != system.Active}
}

// Program returns the program of a name. It may be revoked or past its end: what it may
// do is access.Program's to say, here and in what follows.
func (r *Members) Program(name string) (system.Program, bool) {
	p, ok := r.current.Load().programs.byName[name]
	return p, ok
}

// ProgramOf returns the program with the token of a hash: see system.ProgramTokenHash.
func (r *Members) ProgramOf(hash [sha256.Size]byte) (system.Program, bool) {
	all := r.current.Load().programs
	p, ok := all.byName[all.byToken[hash]]
	return p, ok
}

// ProgramOfKey returns the program with the certificate of a public key, by the SHA-256
// of its SubjectPublicKeyInfo.
func (r *Members) ProgramOfKey(spki [sha256.Size]byte) (system.Program, bool) {
	all := r.current.Load().programs
	p, ok := all.byName[all.byKey[spki]]
	return p, ok
}

// Programs lists the programs by name, with those whose access has ended.
func (r *Members) Programs() []system.Program {
	all := []system.Program{}
	for _, p := range r.current.Load().programs.byName {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b system.Program) int { return strings.Compare(a.Name, b.Name) })
	return all
}

package api

import (
	"context"

	"tongbu/hub/watch"
	"tongbu/internal/change"
	"tongbu/internal/matching"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

// Hub is what answers. Every method decides whether the program may ask that, and writes
// look-ups of persons into the audit log.
type Hub interface {
	// ProgramOf finds a program by the SHA-256 of its token, ProgramOfKey by that of its
	// certificate's public key. What it may no longer do the other methods say.
	ProgramOf(token [32]byte) (system.Program, bool)
	ProgramOfKey(key [32]byte) (system.Program, bool)
	// Live returns Denied where the program is not in force today.
	Live(p system.Program) error

	// Kinds lists what the program may ask for.
	Kinds(p system.Program) []*schema.Kind
	// Kind is the kind of a name, if there is one that the program may ask for: Invalid
	// in the same words when there is none and when it may not.
	Kind(p system.Program, name string) (*schema.Kind, error)
	// Scope is the unit that a division code names, or for "" what the program sees here.
	Scope(p system.Program, code string) (change.UnitID, error)
	Schema() *schema.Schema
	Tree() *tree.Tree

	Ask(ctx context.Context, p system.Program, q question.Question) (*question.Answer, error)
	AskAll(ctx context.Context, p system.Program, q question.Question, tell question.Tell) error
	// Match answers what goes with a vacancy or a person.
	Match(ctx context.Context, p system.Program, ask matching.Ask, purpose string) (*matching.Answer, error)
	// Past lists the changes of a record, the oldest first.
	Past(ctx context.Context, p system.Program, q Looked) ([]Past, error)
	// Coverage says how complete an answer about a unit would be.
	Coverage(ctx context.Context, p system.Program, scope change.UnitID) (question.Coverage, error)
	// Watch tells what has changed of a kind since a position, and then waits, until the
	// context ends or tell fails.
	Watch(ctx context.Context, p system.Program, w Watched, tell watch.Tell) error
}

// Looked is whose past is asked for.
type Looked struct {
	Kind     *schema.Kind
	ID       change.RecordID
	Operator string // for the audit log, as is the purpose
	Purpose  string
}

// Past is one change of a record.
type Past struct {
	At      string // names the change
	Actor   string
	Entered string // RFC 3339, by the clock where it was made
	Unit    string // division code
	Device  change.DeviceID
	State   string
	Fields  map[string]any
}

// Watched is what a program watches.
type Watched struct {
	Question question.Question // kind, filter, columns, scope, labels
	Position string            // "": from the beginning
	UntilNow bool              // end where nothing more has changed
}

// Package transfer gives households and persons from one community to another, with all
// that was written of them. A transfer is one transaction of the city: a custody word for
// each record, in the city's stream to the community that gives it away, and these words
// with all changes that count, said again to the community that takes it. DESIGN.md of
// internal/custody has what the words mean at every tier.
package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/task"
	"tongbu/syncer/streams"
)

// View is where the records of a household are looked up.
type View interface {
	Schema() *schema.Schema
	EachRow(ctx context.Context, q view.Query, fn func(context.Context, view.Row) error) error
	// Snapshot returns a record and where its changes stand.
	Snapshot(ctx context.Context, kind string, id change.RecordID) (view.Snapshot, error)
}

// Config of the city's keeper. All fields are needed.
type Config struct {
	Streams *streams.Streams
	Records *records.Records
	Members *members.Members
	City    change.UnitID // the own unit
	Device  change.DeviceID
	View    View
	// Await returns when the view's watermark has reached an arrival, or when the
	// context ends.
	Await func(ctx context.Context, arrival uint64) error
	// Judged is the arrival up to which the city has judged.
	Judged func(*journal.Tx) (uint64, error)
	// Decide does what a unit says of a change that is held for it.
	Decide func(ctx context.Context, word change.RecordID, by change.UnitID, take bool) error
	Today  func() (string, error) // the day of the network
	// Days is how long a community has to answer an offer of a day, by the rules then in
	// force; after that it goes back.
	Days func(day string) (int, error)
	Now  func() time.Time
	Log  *slog.Logger
}

// Keeper is the city's. It is safe for concurrent use.
type Keeper struct {
	cfg  Config
	wake chan struct{} // one token: an offer or an answer has come
	turn task.Turn     // whoever has it writes transfers
}

// New makes a keeper.
func New(cfg Config) *Keeper {
	return &Keeper{cfg: cfg, wake: make(chan struct{}, 1), turn: task.NewTurn()}
}

// personKind is the kind of records of which some are the head of others.
const personKind = "person"

// Move is what is to be given to whom.
type Move struct {
	Kind   string          `json:"kind"` // household or person
	Record change.RecordID `json:"record"`
	To     string          `json:"to"` // code of a community
	Reason string          `json:"reason"`
	Actor  string          `json:"-"`

	from change.UnitID // who offers it; "": whoever has it gives it
}

// maxReason bounds the reason of a transfer, in characters.
const maxReason = 200

// checkMove returns Invalid for a move that no city could make, whatever it has.
func checkMove(m Move) error {
	switch {
	case m.Record.ValidateName() != nil:
		return fault.New(fault.Invalid, "that is no record of this network").WithHint("give the id as tongbu query shows it")
	case strings.TrimSpace(m.Reason) == "":
		return fault.New(fault.Invalid, "a transfer says why").WithHint("give --reason TEXT")
	case len([]rune(m.Reason)) > maxReason:
		return fault.New(fault.Invalid, "the reason has more than %d characters", maxReason)
	}
	return nil
}

// nameOf is the name of a transfer, by what asked for it: the same asked twice is one.
func nameOf(form string, args ...any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, form, args...))
	return hex.EncodeToString(sum[:10])
}

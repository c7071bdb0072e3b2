package operate

import (
	"time"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/system"
	"tongbu/node/replica"
)

// Status is what `tongbu status` shows. Fields are only ever added.
type Status struct {
	Network     string          `json:"network"`
	Unit        string          `json:"unit"` // division code
	Name        string          `json:"name,omitempty"`
	Tier        string          `json:"tier"`
	Device      change.DeviceID `json:"device"`
	Incarnation uint32          `json:"incarnation"`
	Epoch       uint64          `json:"epoch"` // the city's, as far as it is known here
	Own         Own             `json:"own"`
	Parent      *Parent         `json:"parent,omitempty"`
	Children    []Child         `json:"children"`
	Conflicts   int             `json:"conflicts"`
	Refusals    []Refusal       `json:"refusals"` // the first of them; RefusalsTotal says how many there are
	Forks       int             `json:"forks"`    // own streams that stood in two histories
	View        *View           `json:"view,omitempty"`
	Moved       *Moved          `json:"moved,omitempty"` // a hub that is elsewhere than where it joined
	ClockOffset int64           `json:"clock_offset_ms"` // the parent's clock less this one
	Clock       Clock           `json:"clock"`
	Today       Today           `json:"today"`
	Journal     JournalUse      `json:"journal"`
	Kept        *Kept           `json:"kept,omitempty"` // of which batches were cut off; nothing: of none
	Disk        Disk            `json:"disk"`
	Save        Save            `json:"save"`
	Process     Process         `json:"process"`

	MembersAt time.Time `json:"registry_as_of,omitzero"` // of the city's newest batch here: units, devices, revocations
	Ahead     []Ahead   `json:"dated_ahead,omitempty"`   // devices that date their changes more than a day ahead of the clock here
	AuditLog  *AuditLog `json:"audit_log,omitempty"`     // what was found of it at the start; nothing: it is whole
	Copied    string    `json:"copied,omitempty"`        // somebody else writes under this device's name: what to do

	Served     bool      `json:"served"`               // a process serves the directory; false: it was opened for this answer
	LastServed time.Time `json:"last_served,omitzero"` // until when one did, when none does

	Schema SchemaStatus `json:"schema"` // what the city has published of it

	SecondHubs []SecondHub `json:"second_hubs,omitempty"` // units of which several hubs are active

	Nightly     Nightly     `json:"nightly"`             // what is done each night, and how it went
	Certificate Certificate `json:"certificate"`         // of this device
	Listening   *Listening  `json:"listening,omitempty"` // where a hub that is served takes calls
	Program     string      `json:"program"`             // version of the program that answers

	RefusalsTotal uint64     `json:"refusals_total"`        // changes of this unit that are refused, whichever device made them
	InConflict    []Conflict `json:"in_conflict,omitempty"` // the first of the records that Conflicts counts
	RefusalsOpen  int        `json:"refusals_open"`         // of those in Refusals: not put right yet

	// Unconfirmed are the first of the workstations below with accounts of people that
	// nobody above has confirmed; UnconfirmedTotal says how many accounts there are.
	Unconfirmed      []Unconfirmed `json:"unconfirmed_accounts,omitempty"`
	UnconfirmedTotal int           `json:"unconfirmed_accounts_total,omitempty"`
}

// Unconfirmed is a workstation below with accounts that nobody above has confirmed, as it
// says itself.
type Unconfirmed struct {
	Unit        string               `json:"unit"`
	Name        string               `json:"name"` // of the unit
	Device      change.DeviceID      `json:"device"`
	Accounts    int                  `json:"accounts"`    // that have not ended
	Unconfirmed int                  `json:"unconfirmed"` // of them
	Heads       []system.AccountHead `json:"heads,omitempty"`
}

// Certificate is the device's right to links.
type Certificate struct {
	Until   time.Time `json:"until"`
	Revoked bool      `json:"revoked,omitempty"` // as far as the city's word has come here
}

// Listening are the ports that a hub has opened.
type Listening struct {
	Links string `json:"links"` // as configured, as are the others
	Web   string `json:"web"`
	Door  string `json:"door"`
}

// Own is how far this device's own changes have come. Covered = recorded + refused +
// held, sent = covered + waiting.
type Own struct {
	Sent     uint64 `json:"sent"`      // saved here
	AtParent uint64 `json:"at_parent"` // on the disk of the next hub
	Covered  uint64 `json:"covered"`   // by the city's receipts, with all that it had said by then
	Recorded uint64 `json:"recorded"`  // of those: they have their effect
	Refused  uint64 `json:"refused"`   // of those: they have none
	Held     uint64 `json:"held"`      // of those: they have none until the city knows what they say
	Waiting  uint64 `json:"waiting"`   // not covered yet
	Words    uint64 `json:"words"`     // of the city that stand against them; one may name many changes
	Slow     bool   `json:"slow"`      // there are so many words that the city judges what comes from here slowly

	Head   uint64 `json:"head"`    // Sent, by an older name
	AtCity uint64 `json:"at_city"` // Covered, by an older name
}

// Conflict is a record that holds values side by side.
type Conflict struct {
	Kind   string   `json:"kind"`
	Record string   `json:"id"`
	Fields []string `json:"fields"`
}

// Progress is how far the changes of a device below have come, as far as is known
// here. Covered = recorded + refused + held, here = covered + waiting, sent = here +
// coming.
type Progress struct {
	Sent     uint64 `json:"sent"`     // it has said so, or they are here
	Coming   uint64 `json:"coming"`   // of those: not here yet
	Covered  uint64 `json:"covered"`  // as in Own, and likewise below
	Recorded uint64 `json:"recorded"` //
	Refused  uint64 `json:"refused"`  //
	Held     uint64 `json:"held"`     //
	Waiting  uint64 `json:"waiting"`  // here, and not covered yet
}

// add counts a stream.
func (p *Progress) add(sent, here, covered uint64, a against) {
	p.Sent, p.Coming, p.Covered = p.Sent+sent, p.Coming+sent-here, p.Covered+covered
	p.Refused, p.Held = p.Refused+a.refused, p.Held+a.held
	p.Recorded, p.Waiting = p.Recorded+covered-a.refused-a.held, p.Waiting+here-covered
}

// against is what words of the city say against the changes of a stream that its
// receipts cover.
type against struct{ refused, held uint64 }

func (o *Operate) against(tx *journal.Tx, in change.Stream, covered uint64) (a against, err error) {
	if a.refused, err = o.at.Records.Refused(tx, in, covered); err != nil {
		return a, err
	}
	if a.held, err = o.at.Records.Held(tx, in, covered); err != nil {
		return a, err
	}
	a.refused = min(a.refused, covered)
	a.held = min(a.held, a.refused)
	a.refused -= a.held
	return a, nil
}

// add counts a stream.
func (o *Own) add(sent, parent, covered uint64, a against) {
	o.Sent, o.AtParent, o.Covered = o.Sent+sent, o.AtParent+parent, o.Covered+covered
	o.Refused, o.Held = o.Refused+a.refused, o.Held+a.held
	o.Recorded, o.Waiting = o.Recorded+covered-a.refused-a.held, o.Waiting+sent-covered
	o.Head, o.AtCity = o.Sent, o.Covered
}

// Parent is the line upward.
type Parent struct {
	Address   string    `json:"address"`
	Unit      string    `json:"unit,omitempty"`
	Connected bool      `json:"connected"`
	LastSync  time.Time `json:"last_sync,omitzero"`
	Error     string    `json:"error,omitempty"`
	Program   string    `json:"program,omitempty"` // version of the program there, as it says itself
}

// Child is a device below, direct or through others.
type Child struct {
	Unit      string          `json:"unit"`
	Device    change.DeviceID `json:"device"`
	Connected bool            `json:"connected"`
	Heard     time.Time       `json:"heard"`
	Name      string          `json:"name,omitempty"`    // of the unit
	Revoked   bool            `json:"revoked,omitempty"` // its silence means nothing
	Changes   Progress        `json:"changes"`
}

// Refusal is a change of this unit that the city refused, or a range of them.
type Refusal struct {
	Kind    string `json:"kind"`   // "" of a range
	Record  string `json:"record"` // likewise
	Seq     int64  `json:"seq"`    // 0 of a range
	From    uint64 `json:"from,omitempty"`
	To      uint64 `json:"to,omitempty"`
	Count   uint64 `json:"count,omitempty"` // how many changes between them
	Stream  string `json:"stream,omitempty"`
	Rule    string `json:"rule"`
	Message string `json:"message,omitempty"`

	Open   bool           `json:"open"`   // it has not been put right since
	Reason replica.Reason `json:"reason"` // the rule in words, and how to put it right
}

// SecondHub is a unit of which several hubs are active. Those below use one of them;
// the others are to be revoked, or they count as silent when they go.
type SecondHub struct {
	Unit   string          `json:"unit"`
	Name   string          `json:"name,omitempty"`
	Used   change.DeviceID `json:"used"`   // by those below: the one that joined last
	Others []Other         `json:"others"` //
}

// Other is a hub beside the one that is used.
type Other struct {
	Device  change.DeviceID `json:"device"`
	Address string          `json:"address,omitempty"`
	Live    bool            `json:"live"` // heard at this moment, as far as it is known here
}

// Ahead is a device that dates its changes ahead of the clock here.
type Ahead struct {
	Unit   string          `json:"unit"`
	Device change.DeviceID `json:"device"`
	By     float64         `json:"by_days"`
}

// Clock says whose clock is wrong, as far as clocks were compared since the start.
type Clock struct {
	Verdict  string       `json:"verdict"`             // on the clock here: "right", "wrong", "undecided", "" with nobody to compare
	Offset   int64        `json:"offset_ms"`           // the clock of most others less this one; undecided: of the one furthest off
	Compared int          `json:"compared"`            // clocks of others, the city's by its signature counted where it says something
	Agree    int          `json:"agree"`               // how many of them have that offset
	Off      []OtherClock `json:"off"`                 // those that are wrong; undecided: all that differ
	Behind   int64        `json:"behind_ms,omitempty"` // how far the clock here is before a time that the city has signed
	Measured time.Time    `json:"measured,omitzero"`   // when a clock was compared with this one last
}

// OtherClock is the clock of a device that is linked to this one.
type OtherClock struct {
	Unit   string          `json:"unit"`
	Device change.DeviceID `json:"device"`
	Parent bool            `json:"parent,omitempty"`
	Offset int64           `json:"offset_ms"` // theirs less this one
}

// Today is the day that dates are judged by.
type Today struct {
	Day  string `json:"day"`
	Zone string `json:"zone"`
	Sure bool   `json:"sure"` // what lies after it is refused; else there is a warning
}

// View is how far a hub's view follows its journal, in arrivals.
type View struct {
	Applied uint64 `json:"applied"`
	Behind  uint64 `json:"behind"`
	Settled bool   `json:"settled"` // it has its indexes: until then a question may take long

	// Reviewed is the day of the findings; "" while those of some records are missing.
	Reviewed string `json:"reviewed"`
}

// Disk is the room that a directory has.
type Disk struct {
	FreeBytes    int64  `json:"free_bytes"`    // -1 where the system does not tell
	ReserveBytes int64  `json:"reserve_bytes"` // held for what is on its way; 0: given up, or none wanted
	Refuses      string `json:"refuses,omitempty"`
}

// AuditLog is what was wrong with the audit log when the directory was opened.
type AuditLog struct {
	CutBytes int64    `json:"cut_bytes,omitempty"` // of a write that a power cut ended; nobody had been answered
	Problems []string `json:"problems,omitempty"`  // what of it is lost or damaged
}

// JournalUse is what the journal has used.
type JournalUse struct {
	Bytes   int64  `json:"bytes"`
	Commits uint64 `json:"commits"`         // since the start
	Older   bool   `json:"older,omitempty"` // at the start it lacked what the last close had seen
}

// Save is how long the last single-record puts took, to the fsync.
type Save struct {
	Count    int     `json:"count"`
	MedianMS float64 `json:"median_ms"`
	FsyncMS  float64 `json:"fsync_ms,omitempty"` // median of one fsync here, when asked to measure
}

// Process describes the serving process.
type Process struct {
	PID           int     `json:"pid"`
	ResidentBytes int64   `json:"resident_bytes"` // 0 where the system does not tell
	UptimeS       float64 `json:"uptime_s"`
	ReadyMS       float64 `json:"ready_ms"` // from the start to serving; 0 when not served
}

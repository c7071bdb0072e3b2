// Package audit is the log of who looked at which persons, and of who signed in to do
// so: a file beside the journal to which each look-up is appended before it is answered. Each entry holds
// the hash of the one before, so that none can be changed, removed or inserted
// unnoticed; the head that the device publishes in its own signed stream shows
// when the end was cut off. A person appears in an entry as a keyed hash of the
// record's name. What was asked is in it as it was typed, without the numbers of
// persons: a name may be part of it, so whoever reads the log is as trusted as those
// who ask.
//
// Regulations that ask for it: the Personal Information Protection Law of the
// People's Republic of China, articles 51 and 54, and the Cybersecurity Law on
// keeping logs for six months or more; nothing is pruned here.
//
// DESIGN.md says how the file is laid out and what is guaranteed when.
package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/plain"
	"tongbu/internal/schema"
)

// Limits of an entry: whoever asks writes its texts, and nothing is pruned here.
const (
	MaxText   = 200 // bytes of a purpose, an operator or any other text
	MaxFilter = 500 // bytes of a filter
	MaxFields = 64  // as many as no kind has

	maxRead = 20 * MaxText // bytes of a text that are looked at
)

// Act is what somebody did.
type Act string

// The acts.
const (
	Query   Act = "query"   // a question to a merged view
	Get     Act = "get"     // one record
	List    Act = "list"    // a page of a list
	History Act = "history" // all changes of a record
	Search  Act = "search"  // the records that a text leads to
	Match   Act = "match"   // the persons for a vacancy, or a person's vacancies
	Diff    Act = "diff"    // the records that moved the figures of a report
	Account Act = "account" // of a person at the workstation: signed in, locked, made, changed, ended
)

// Subject stands for a person: the start of a keyed hash.
type Subject string

// SubjectOf makes the subject of a record. Only who has the key can tell
// which record a subject is, or find a record's entries.
func SubjectOf(key []byte, kind string, id change.RecordID) Subject {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(kind))
	mac.Write([]byte{0})
	mac.Write([]byte(id))
	return Subject(hex.EncodeToString(mac.Sum(nil)[:8]))
}

// Entry is one look-up, or one act on an account.
type Entry struct {
	No       uint64          `json:"no"`
	At       int64           `json:"at"`                 // this device's clock, Unix milliseconds
	Device   change.DeviceID `json:"device"`             // that asked, as its certificate says
	Unit     change.UnitID   `json:"unit"`               // of that device
	Via      change.DeviceID `json:"via,omitempty"`      // where the question began, as the device that asked says
	Operator string          `json:"operator"`           // who, as the device where the question began says
	Purpose  string          `json:"purpose"`            // why, in the operator's words; of a program, as the city wrote it
	Program  string          `json:"program,omitempty"`  // that asked, by the name the city gave it; "": a person did
	Act      Act             `json:"act"`                //
	Kind     string          `json:"kind"`               //
	Fields   []string        `json:"fields,omitempty"`   // shown or asked by; none: all
	Filter   string          `json:"filter,omitempty"`   // that was asked, without the numbers of persons
	AskedBy  []string        `json:"asked_by,omitempty"` // personal fields that the filter, the order or the groups name
	Subjects []Subject       `json:"subjects,omitempty"` // persons shown, or told of by a small count
	Count    int             `json:"count"`              // rows of the answer
	Outcome  string          `json:"outcome"`
	Account  string          `json:"account,omitempty"` // login that an act on an account is about; "?": nobody's
	Did      string          `json:"did,omitempty"`     // what was done to it
}

// About reports whether the entry is about a subject.
func (e *Entry) About(s Subject) bool { return slices.Contains(e.Subjects, s) }

// Head is the end of a log.
type Head struct {
	No   uint64
	Hash change.Hash
	At   int64
}

func chainHash(before change.Hash, raw []byte) change.Hash {
	return sha256.Sum256(append(append([]byte("tongbu/audit/1\n"), before[:]...), raw...))
}

// cleanTexts also cleans what a device that asks says of itself.
func (e *Entry) cleanTexts() {
	e.Operator, e.Purpose, e.Kind, e.Outcome = cleanText(e.Operator), cleanText(e.Purpose), cleanText(e.Kind), cleanText(e.Outcome)
	e.Program, e.Account, e.Did = cleanText(e.Program), cleanText(e.Account), cleanText(e.Did)
	e.Act, e.Via = Act(cleanText(string(e.Act))), change.DeviceID(cleanText(string(e.Via)))
	e.Filter = clipText(schema.MaskIDNumbers(plain.Line(clipText(e.Filter, maxRead))), MaxFilter)
	fields := slices.Clone(e.Fields[:min(len(e.Fields), MaxFields)])
	for i := range fields {
		fields[i] = cleanText(fields[i])
	}
	e.Fields = fields
}

// cleanText masks before it cuts: the start of a number that was cut could not be
// told from another one.
func cleanText(s string) string {
	return clipText(schema.MaskIDNumbers(plain.Line(clipText(s, maxRead))), MaxText)
}

// clipText keeps a text within a limit, cut between characters.
func clipText(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > 0 && s[cut]&0xc0 == 0x80 {
		cut--
	}
	return s[:cut]
}

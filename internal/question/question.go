// Package question is one question about the merged records and one answer to
// it, from the command line to the view and back: the same two types at every
// tier it passes. What a question means is for hub/query to say; a table or a
// CSV file is made of an answer where somebody reads it.
//
// The JSON of an answer is a contract between programs, like its columns: hubs
// of several versions send it over links and scripts read it. So it stands
// here with the data, in one place, and every edge (the links' wire, the
// socket, the command line) writes and reads the same form:
//
//	{"rows":[{"id":"p-1","name":"...","hardship":["010","050"]},...],
//	 "next_page_token":"...",
//	 "coverage":{"as_of":"2026-03-01T12:00:00Z","units":3,
//	             "silent":[{"unit":"110101001002","since":"2026-03-01T11:00:00Z"}],
//	             "pending":3,"absent":1,"conflicts":0,"today":"2026-03-01"},
//	 "total":17936,"moved":true,"kept":true}
//
// A row is an object with its columns in order; a value that is absent has no
// key, next_page_token none on the last page, total none unless it was asked for, and
// moved none unless records have changed since the first page was read: one may be on
// two pages then, or on none. Times are in whole seconds,
// in UTC. Who reads it skips members it does not know, so nothing may be added
// that changes the meaning of what stands here already; who passes it on passes
// the bytes that came (Answer.AsReceived), so a program in between that is older
// than both ends takes nothing away.
package question

import "tongbu/internal/change"

// LabelSuffix ends the names of columns with the names of codes and units.
const LabelSuffix = "_label"

// Page sizes.
const (
	DefaultPageSize = 50
	MaxPageSize     = 1000
)

// Indicators stands in place of a kind in a question about figures of units: Select has the
// indicators, by NAME or NAME/GROUP, none for all; GroupBy the tier of the units, empty for
// that of the scope. A row has unit, name, indicator, group, numerator, denominator (of a
// rate) and basis.
const Indicators = "indicators"

// Targets stands in place of a kind in a question about the targets of a year: Select has
// lines by their codes, none for all; GroupBy is empty, for the order of the tree, or
// Responsible, for that of who answers for them; Day is a day, or a year alone: that as it
// stands today, or as it stood on its last day. Target says what a row has.
const Targets = "targets"

// Responsible is by whom targets are in order.
const Responsible = "responsible"

// Assessment stands in place of a kind in a question whether the communities of a unit, and
// the unit itself, are of full employment: Select has the pack, default, second or the id of
// one, none for the one in force. Assessed says what a row has.
const Assessment = "assessment"

// Ranking stands in place of a kind in a question which communities of a unit are the best
// of a year, which the city answers: Day is as of Targets. Ranked says what a row has.
const Ranking = "ranking"

// IsComputed reports whether a name stands in place of a kind for what is computed of
// figures: of units and no person, so that any unit knows its own.
func IsComputed(kind string) bool {
	return kind == Indicators || kind == Targets || kind == Assessment || kind == Ranking
}

// Question asks for records of a kind, or counts them. Names of fields may be
// aliases of the schema. Nothing in it is a right: who asks and what they may
// see is for the tier that answers to know.
type Question struct {
	Kind      string
	Filter    string        // AIP-160; empty: all
	OrderBy   string        // AIP-132; the id always comes last
	Select    []string      // columns; empty: id, unit and every field
	GroupBy   string        // count by this field or tier instead of listing, or by some, as in "district,status"
	PageSize  int           // AIP-158; 0: DefaultPageSize; more than MaxPageSize is MaxPageSize
	PageToken string        // of the answer before; what is asked must be as it was, but for PageSize, Total and Labels
	Total     bool          // how many rows there are in all
	Labels    bool          // beside each code and unit its name, under the column's name and LabelSuffix
	Scope     change.UnitID // this unit and those below; empty: the asking unit
	Day       string        `json:",omitempty"` // of what is computed: the day it is of; empty: today

	// For the audit log of who answers, as the asking side says: where the
	// question began, who asks there, and why.
	Device   change.DeviceID
	Operator string
	Purpose  string
}

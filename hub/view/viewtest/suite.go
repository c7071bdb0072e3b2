package viewtest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// Open opens the view in the place it was made for: empty the first time, as
// it was left the next.
type Open func(s *schema.Schema, opts view.Options) (view.View, error)

// Run runs the suite. place is called for each test and returns what opens a
// view in a place of its own.
func Run(t *testing.T, place func(t testing.TB) Open) {
	for _, test := range tests() {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := &bench{t: t, open: place(t), schema: MustSchema(t), journal: NewJournal(), short: map[string]string{}}
			b.opts = view.Options{Tree: MustTree(t, Units()), City: UnitID(City), Fetch: b.journal.Fetch, Source: "journal-1",
				Reviewed: func(r view.Reviewed) { b.reviewed = append(b.reviewed, r) }}
			b.mustOpen()
			test.run(t, b)
		})
	}
}

type test struct {
	name string
	run  func(*testing.T, *bench)
}

func tests() []test {
	return []test{
		{"rows show what was merged", testRows},
		{"a change twice is a change once", testTwice},
		{"order and grouping leave no trace", testOrder},
		{"a conflict is counted", testConflict},
		{"a void record is hidden", testVoid},
		{"values of a wrong type are left out", testWrongType},
		{"records without a unit", testBelonging},
		{"the watermark never falls", testWatermark},
		{"all or nothing", testAtomic},
		{"a canceled apply leaves nothing", testCanceled},
		{"a refused change has no effect", testRefusal},
		{"a refusal may come first", testRefusalFirst},
		{"a refusal may be taken back", testRefusalBack},
		{"only the city refuses", testRefusalForged},
		{"a refused range has no effect and leaves nothing", testRange},
		{"a range may come first", testRangeFirst},
		{"a word about one place overrides a range", testRangeDecided},
		{"a range may be taken back", testRangeBack},
		{"a range that a hub's own changes stand in", testRangeOwn},
		{"a record of refused changes is gone", testRefusalAll},
		{"another unit changes nothing", testForeign},
		{"a record stands where the city has given it", testCustody},
		{"a record that comes back", testCustodyBack},
		{"a merged unit, and what its heir writes", testHeirs},
		{"a unit gives a record to one that is merged into it", testHeirHolds},
		{"an id of before names one record of each unit", testSameID},
		{"the longest ids of before", testLongID},
		{"unknown kinds are noted and come later", testUnknownKind},
		{"another tree moves rows", testRetree},
		{"what a merged unit has made stands at its heir", testMerged},
		{"tables grow with the schema", testReshape},
		{"other codes leave the tables alone", testReshapeCodes},
		{"questions while tables grow", testReshapeBeside},
		{"a kind whose changes came first", testReshapeStrays},
		{"a view is found as it was left", testReopen},
		{"another journal starts at watermark 0", testOtherJournal},
		{"reset and replay give the same", testReset},
		{"digests", testDigest},
		{"records and places", testRecord},
		{"scopes", testScope},
		{"pages", testPages},
		{"groups", testGroups},
		{"small groups are named", testSmallGroups},
		{"counts are those of the rows", testCounts},
		{"findings follow the records", testFindings},
		{"findings follow what a record names", testFindingsOfReferences},
		{"findings of a rebuilt view are the same", testFindingsAgain},
		{"findings of what comes in a crowd", testFindingsOfMany},
		{"derived rows follow the records", testDerived},
		{"derived rows pass from one family to another", testDerivedPasses},
		{"a review tells what it has changed", testReviewTells},
		{"derived rows of a rebuilt view are the same", testDerivedAgain},
		{"derived rows follow what the city publishes", testPublished},
		{"the figures of a past day follow the records", testPast},
		{"names by their keys", testNames},
		{"filters agree with their own match", testFilters},
		{"questions while changes come in", testConcurrent},
		{"all rows of one moment", testLong},
		{"a view that goes away ends what is read", testLongEnds},
		{"fields in conflict", testContested},
		{"closed", testClosed},
	}
}

// bench is one test's view and the journal it follows.
type bench struct {
	t      testing.TB
	open   Open
	schema *schema.Schema
	opts   view.Options

	reviewed []view.Reviewed // reviews that came to their end
	journal  *Journal
	view     view.View
	short    map[string]string // kind/id as rows print it -> the record's name
}

// mustOpen opens the view, after closing it if it was open.
func (b *bench) mustOpen() {
	b.t.Helper()
	if b.view != nil {
		if err := b.view.Close(); err != nil {
			b.t.Fatal(err)
		}
	}
	v, err := b.open(b.schema, b.opts)
	if err != nil {
		b.t.Fatal(err)
	}
	b.view = v
	b.t.Cleanup(func() {
		if err := v.Close(); err != nil {
			b.t.Error(err)
		}
	})
}

// sync applies all of the journal that the view does not have.
func (b *bench) sync() {
	b.t.Helper()
	at := b.applied()
	if err := b.view.Apply(b.t.Context(), b.journal.Changes[at:], b.journal.Last()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) applied() uint64 {
	b.t.Helper()
	at, err := b.view.Applied(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return at
}

func (b *bench) digest(unit change.UnitID) change.Hash {
	b.t.Helper()
	sum, err := b.view.Digest(b.t.Context(), unit)
	if err != nil {
		b.t.Fatal(err)
	}
	return sum
}

// named asks and returns each row as a JSON array.
func (b *bench) named(q view.Query) []string {
	b.t.Helper()
	rows, err := b.view.Rows(b.t.Context(), q)
	if err != nil {
		b.t.Fatal(err)
	}
	out := []string{}
	for _, row := range rows {
		out = append(out, b.json(row.Values))
	}
	return out
}

// rows is named, with ids that leave out the unit. A test that has two records of
// such an id asks with named.
func (b *bench) rows(q view.Query) []string {
	b.t.Helper()
	rows, err := b.view.Rows(b.t.Context(), q)
	if err != nil {
		b.t.Fatal(err)
	}
	at, out := slices.Index(q.Columns, view.ColID), []string{}
	for _, row := range rows {
		values := slices.Clone(row.Values)
		if at >= 0 {
			values[at] = change.Text(b.shortOf(q.Kind.Name, values[at].Text()))
		}
		out = append(out, b.json(values))
	}
	return out
}

func (b *bench) shortOf(kind, name string) string {
	b.t.Helper()
	unit, named := change.RecordID(name).Maker()
	if !named {
		return name
	}
	short := strings.TrimPrefix(name, string(unit)+".")
	if was, met := b.short[kind+"/"+short]; met && was != name {
		b.t.Errorf("%s and %s are both printed as %s", was, name, short)
	}
	b.short[kind+"/"+short] = name
	return short
}

func (b *bench) query(kind, where, order string, columns ...string) view.Query {
	b.t.Helper()
	return MustQuery(b.t, b.schema, kind, where, order, columns...)
}

func (b *bench) json(v any) string {
	b.t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(raw)
}

func (b *bench) want(got, want any) {
	b.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("want -, got +:\n%s", diff)
	}
}

func (b *bench) wantKind(err error, want fault.Kind) {
	b.t.Helper()
	if got := fault.Of(err); got != want {
		b.t.Errorf("got %s (%v), want %s", got, err, want)
	}
}

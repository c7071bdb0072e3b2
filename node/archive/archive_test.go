package archive_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/archive"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// paper has two rows on a sheet, and names of persons the other way round.
type paper struct{ printed [][]string }

func (*paper) Table(kind, day string) (desk.Table, error) {
	t := desk.Table{Kind: kind, Day: day}
	switch kind {
	case facts.UnemployedLedger:
		t.Order = "name desc"
	case facts.VacancyLedger:
		t.Where = "registered_on <= " + day
	}
	return t, nil
}

func (p *paper) Sheets(_ string, rows []*desk.Shown) (int, error) {
	var names []string
	for _, row := range rows {
		names = append(names, row.Fields["name"].(string))
	}
	p.printed = append(p.printed, names)
	return max(1, (len(rows)+1)/2), nil
}

// keeper is a head of a station with an archive.
type keeper struct {
	t    *testing.T
	town *kit.Town
	at   *replica.Replica
	desk *desk.Desk
	*archive.Archive
	paper *paper
	year  int // that is over
}

func newKeeper(t *testing.T) *keeper {
	t.Helper()
	town := kit.MustTown(t)
	city := town.MustCity(t)
	at := town.MustReplica(t, city, kit.First)
	d, p := desk.New(at), &paper{}
	return &keeper{t: t, town: town, at: at, desk: d, Archive: archive.New(d, at.Schema, p), paper: p, year: town.Clock.Now().Year() - 1}
}

func (k *keeper) on(day string) string { return fmt.Sprintf("%d-%s", k.year, day) }

// jobless are persons who lost their work in the year.
func (k *keeper) jobless(names ...string) {
	k.t.Helper()
	for _, name := range names {
		kit.MustPut(k.t, k.at, "person", fmt.Sprintf(`{"id":%q,"name":%q,"sex":"1","birth_date":"1970-01-01"}`, "p-"+name, name))
		kit.MustPut(k.t, k.at, "unemployment", fmt.Sprintf(`{"id":%q,"person":%q,"on":%q}`, "u-"+name, "p-"+name, k.on("05-01")))
	}
}

func (k *keeper) close() error {
	return k.Close(context.Background(), archive.Closing{Year: k.year, Login: "head", Name: "站长甲", At: "二号柜", Years: 10}, kit.Clerk)
}

func (k *keeper) volumes() []archive.Volume {
	k.t.Helper()
	all, err := k.Volumes(context.Background(), k.year)
	if err != nil {
		k.t.Fatal(err)
	}
	return all
}

func TestCloseAYear(t *testing.T) {
	k := newKeeper(t)
	k.jobless("甲", "乙", "丙")
	kit.MustPut(t, k.at, "vacancy", fmt.Sprintf(`{"employer_name":"来年的","registered_on":"%d-01-05"}`, k.year+1))
	if err := k.close(); err != nil {
		t.Fatal(err)
	}
	today := k.town.Clock.Now().UTC().Add(8 * time.Hour)
	want := []archive.Volume{}
	for i, l := range archive.Ledgers {
		v := archive.Volume{Ledger: l.Code, Year: k.year, Number: fmt.Sprintf("%d-%s-1", k.year, l.Code), No: 1, Of: 1, Pages: 1, Index: fmt.Sprint("本年无记录，空表 1 页；规则 ", facts.Version),
			ClosedOn: today.Format(time.DateOnly), ClosedBy: "站长甲", KeptAt: "二号柜", KeptUntil: fmt.Sprintf("%d-12-31", k.year+10), State: desk.Saved}
		if i == 0 {
			v.First, v.Last, v.Total, v.Index = 1, 3, 3, fmt.Sprint("3 条，2 页；规则 ", facts.Version)
			v.Pages = 2
		}
		want = append(want, v)
	}
	if diff := cmp.Diff(want, k.volumes(), cmpopts.IgnoreFields(archive.Volume{}, "ID"), cmpopts.IgnoreUnexported(archive.Volume{})); diff != "" {
		t.Error(diff)
	}
	for _, v := range k.volumes() {
		if strings.Contains(v.Index, "甲") {
			t.Errorf("the index names a person: %s", v.Index)
		}
	}
	kit.WantKind(t, k.close(), fault.Invalid)
	if n := len(k.volumes()); n != len(archive.Ledgers) {
		t.Errorf("closing again leaves %d volumes", n)
	}
}

// TestAYearIsReadOnceAndAsItIsPrinted: the sheets of a volume are counted of the rows that
// stand on them, and who was looked at is noted once.
func TestAYearIsReadOnceAndAsItIsPrinted(t *testing.T) {
	k := newKeeper(t)
	k.jobless("a", "c", "b")
	if _, err := k.Count(context.Background(), k.year, kit.Clerk); err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"c", "b", "a"}, nil, nil, nil, nil}
	if diff := cmp.Diff(want, k.paper.printed); diff != "" {
		t.Error(diff)
	}
	if err := k.close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(want, want...), k.paper.printed); diff != "" {
		t.Error(diff)
	}
	noted, err := k.at.Lookups.Entries(1, "", "", 100)
	if err != nil || len(noted) != 2 {
		t.Fatalf("%d entries in the log for a count and a close, want 2: %v", len(noted), err)
	}
	for _, e := range noted {
		if e.Kind != facts.UnemployedLedger || e.Count != 3 {
			t.Errorf("noted is %+v", e)
		}
	}
	k.jobless("d")
	s, err := k.Since(context.Background(), "L1", k.year, kit.Clerk)
	if err != nil || len(s.Rows) != 1 || s.Rows[0].No != 1 {
		t.Errorf("who came late is the first of the print: %+v, %v", s, err)
	}
}

func TestCloseRefuses(t *testing.T) {
	k := newKeeper(t)
	ctx := context.Background()
	for what, c := range map[string]archive.Closing{
		"a year that is not over": {Year: k.year + 1, Login: "head", Name: "甲", At: "柜", Years: 10},
		"no place":                {Year: k.year, Login: "head", Name: "甲", At: " ", Years: 10},
		"no time":                 {Year: k.year, Login: "head", Name: "甲", At: "柜"},
		"too long":                {Year: k.year, Login: "head", Name: "甲", At: "柜", Years: 101},
		"long ago":                {Year: 1999, Login: "head", Name: "甲", At: "柜", Years: 10},
	} {
		if err := k.Close(ctx, c, kit.Clerk); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n := len(k.volumes()); n != 0 {
		t.Errorf("%d volumes of nothing", n)
	}
}

// TestCorrectedSince: what is changed after the end of the year is told apart, what
// happens in the next year is not.
func TestCorrectedSince(t *testing.T) {
	k := newKeeper(t)
	k.jobless("甲", "乙", "丙")
	if err := k.close(); err != nil {
		t.Fatal(err)
	}
	since := func() archive.Since {
		t.Helper()
		s, err := k.Since(context.Background(), "L1", k.year, kit.Clerk)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := since(); !s.Known || len(s.Rows) != 0 || s.Gone != 0 || s.Now != 3 {
		t.Errorf("just closed: %+v", s)
	}
	kit.MustPut(t, k.at, "unemployment_end", fmt.Sprintf(`{"person":"p-乙","on":"%d-01-02"}`, k.year+1))
	if s := since(); len(s.Rows) != 0 || s.Gone != 0 {
		t.Errorf("an event of the next year shows: %+v", s)
	}
	kit.MustPut(t, k.at, "person", `{"id":"p-甲","name":"甲改","sex":"1","birth_date":"1970-01-01"}`)
	k.jobless("丁")
	s := since()
	var names []string
	for _, row := range s.Rows {
		names = append(names, row.Fields["name"].(string))
	}
	if diff := cmp.Diff([]string{"丁", "甲改"}, names, cmpopts.SortSlices(func(a, b string) bool { return a < b })); diff != "" || s.Gone != 1 || s.Now != 4 {
		t.Errorf("%s%d gone, %d now", diff, s.Gone, s.Now)
	}
}

func TestLend(t *testing.T) {
	k := newKeeper(t)
	ctx := context.Background()
	if err := k.close(); err != nil {
		t.Fatal(err)
	}
	id := k.volumes()[0].ID
	kit.WantKind(t, k.Return(ctx, id, "head"), fault.Invalid)
	kit.WantKind(t, k.Lend(ctx, id, "李四", "", "head"), fault.Invalid)
	var want []archive.Lending
	day := func() string { return k.town.Clock.Now().UTC().Add(8 * time.Hour).Format(time.DateOnly) }
	for _, lent := range []struct{ to, why string }{{"李四", "审计"}, {"李四", "审计"}, {"王五", "查档"}} {
		if err := k.Lend(ctx, id, lent.to, lent.why, "head"); err != nil {
			t.Fatal(err)
		}
		kit.WantKind(t, k.Lend(ctx, id, "赵六", "也要", "head"), fault.Invalid)
		if v := k.volumes()[0]; !v.IsOut() || v.OutTo != lent.to {
			t.Errorf("not out to %s: %+v", lent.to, v)
		}
		if err := k.Return(ctx, id, "head"); err != nil {
			t.Fatal(err)
		}
		want = append([]archive.Lending{{To: lent.to, On: day(), Reason: lent.why, Back: day()}}, want...)
	}
	got, err := k.Lendings(ctx, id)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	kit.WantKind(t, k.Lend(ctx, "no-such", "甲", "乙", "head"), fault.NotFound)
}

// TestBound: volumes hold each row once, in order, and no more than they can name.
func TestBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(0, 5000).Draw(t, "rows")
		next := 1
		all := archive.Bound(rows)
		for i, v := range all {
			if v.No != i+1 || v.Of != len(all) || v.First != next || v.Last-v.First >= archive.RowsPerVolume {
				t.Fatalf("volume %d of %d rows: %+v", i, rows, v)
			}
			next = v.Last + 1
		}
		if next != rows+1 {
			t.Fatalf("%d rows, the volumes end at %d", rows, next-1)
		}
	})
}

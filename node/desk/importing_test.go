package desk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// row is a row of a kind; its line is its place among the rows.
func row(kind, item string) desk.Row {
	return desk.Row{Kind: kind, Item: json.RawMessage(item)}
}

var errTold = errors.New("enough")

// importRows imports rows; tell ends it after so many answers, when most is above 0.
func importRows(tb testing.TB, at *replica.Replica, how desk.Importing, most int, rows ...desk.Row) (told []desk.Imported, err error) {
	tb.Helper()
	n := 0
	next := func() (*desk.Row, error) {
		if n == len(rows) {
			return nil, io.EOF
		}
		n++
		one := rows[n-1]
		one.Line = n
		return &one, nil
	}
	how.Actor = "clerk"
	if how.Run == "" {
		how.Run = "sha256:1"
	}
	err = desk.New(at).Import(tb.Context(), how, next, func(one desk.Imported) error {
		if told = append(told, one); len(told) == most {
			return errTold
		}
		return nil
	})
	return told, err
}

func (d *clerk) mustImport(rows ...desk.Row) []desk.Imported {
	d.t.Helper()
	told, err := importRows(d.t, d.at, desk.Importing{}, 0, rows...)
	if err != nil {
		d.t.Fatal(err)
	}
	return told
}

// became is what became of rows, in short.
func became(told []desk.Imported) (all []string) {
	for _, one := range told {
		text := string(one.Result)
		for _, p := range one.Refused {
			text += " " + p.Field + ":" + p.Rule
		}
		if one.Why != "" {
			text += " " + one.Why
		}
		all = append(all, text)
	}
	return all
}

func wantBecame(t *testing.T, told []desk.Imported, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, became(told)); diff != "" {
		t.Error(diff)
	}
}

const (
	form  = "9901010010012026000001"
	other = "9901010010012026000002"
	wang  = "420202198903215618"
)

// TestImportRows: the rows that are right go in, and each other one says why not.
func TestImportRows(t *testing.T) {
	d := newDesk(t)
	told := d.mustImport(
		row("household", `{"form_no":"`+form+`","head_name":"王明"}`),
		row("household", `{"form_no":"`+other+`"}`),
		row("person", `{"name":"王明","household":"`+form+`","relation":"02"}`),
		row("person", `{"household":"`+form+`","birth_date":"2150-13-01"}`),
		row("person", `{"name":"李兰","nosuch":1}`),
		row("person", `{"name":"张三","own_no":"`+wang+`"}`),
		desk.Row{Kind: "person", Unit: kit.Second.Code, Item: json.RawMessage(`{"name":"赵六"}`)},
		desk.Row{Kind: "person", Unit: kit.First.Code, Item: json.RawMessage(`{"name":"赵六","household":"F-77"}`)},
	)
	if !strings.Contains(told[4].Why, "nosuch") || told[5].Why == "" || strings.Contains(told[5].Why, wang) {
		t.Errorf("got %+v and %+v", told[4], told[5])
	}
	told[4].Why, told[5].Why = "", ""
	wantBecame(t, told, "new", "rejected head_name:household_named", "new", "rejected name:missing birth_date:date", "rejected", "rejected",
		"rejected the row is of another unit: "+kit.Second.Code, "new")
	if !strings.Contains(strings.Join(told[7].Warnings, " "), "household_unknown") {
		t.Errorf("a member without a household: got %v", told[7].Warnings)
	}
	if got := kit.MustList(t, d.at, "person", ""); len(got) != 2 {
		t.Errorf("got %d persons, want the two that are right", len(got))
	}
	if got := d.record("person", string(told[2].ID)).Value("household").Text(); got != string(told[0].ID) {
		t.Errorf("the member is of %q, want %q", got, told[0].ID)
	}
}

// TestImportAgain: the same file adds nothing, neither after a failure nor when it was
// all in.
func TestImportAgain(t *testing.T) {
	d := newDesk(t)
	var rows []desk.Row
	for i := range 1500 {
		rows = append(rows, row("household", fmt.Sprintf(`{"form_no":"9901010010012026%06d","head_name":"王明"}`, i)))
	}
	rows = append(rows, row("person", `{"name":"甲"}`), row("person", `{"name":"乙"}`))
	if _, err := importRows(t, d.at, desk.Importing{}, 1100, rows...); !errors.Is(err, errTold) {
		t.Fatalf("got %v", err)
	}
	d.mustImport(rows...)
	before := head(t, d.at)
	if before != 1502 {
		t.Errorf("got %d changes, want one a row", before)
	}
	told := d.mustImport(rows...)
	if head(t, d.at) != before {
		t.Errorf("%d changes more", head(t, d.at)-before)
	}
	for i, one := range told {
		if one.Result != desk.Unchanged {
			t.Fatalf("row %d: got %+v", i, one)
		}
	}
	told, err := importRows(t, d.at, desk.Importing{Run: "sha256:2"}, 0, row("person", `{"name":"甲"}`))
	if err != nil || told[0].Result != desk.Made {
		t.Errorf("another file: got %+v, %v", told, err)
	}
}

// TestImportRecognises: a row is of the record that is here already, by its form
// number, its ID number, its own number or its id, however that was made.
func TestImportRecognises(t *testing.T) {
	d := newDesk(t)
	home := d.mustPut("household", `{"form_no":"`+form+`","head_name":"王明"}`)[0]
	man := d.mustPut("person", `{"name":"王明","id_number":"`+wang+`"}`)[0]
	named := d.mustPut("person", `{"id":"p-1","name":"李兰"}`)[0]
	bare := d.mustPut("person", `{"name":"张三"}`)[0]
	told := d.mustImport(
		row("household", `{"form_no":"`+form+`","head_name":"王明","address":"湖滨路1号"}`),
		row("person", `{"name":"王明","id_number":"`+wang+`","household":"`+form+`"}`),
		row("person", `{"own_no":"p-1","name":"李兰","sex":"2"}`),
		row("person", `{"id":"`+string(bare.ID)+`","name":"张三","sex":"1"}`),
	)
	wantBecame(t, told, "changed", "changed", "changed", "changed")
	for i, want := range []change.RecordID{home.ID, man.ID, named.ID, bare.ID} {
		if told[i].ID != want {
			t.Errorf("row %d: got %s, want %s", i+1, told[i].ID, want)
		}
	}
	if got := d.record("person", string(man.ID)).Value("household").Text(); got != string(home.ID) {
		t.Errorf("the member is of %q, want the household that is here", got)
	}
	told = d.mustImport(row("person", `{"own_no":"p-9","name":"王明","id_number":"`+wang+`"}`))
	wantBecame(t, told, "rejected own_no is another number than the id says")
	d.mustPut("person", `{"id":"p-1","id_number":"420202199001012349"}`)
	told = d.mustImport(row("person", `{"own_no":"p-7","name":"李兰","id_number":"420202199001012349"}`))
	wantBecame(t, told, "new") // another number of its own: another record, and a finding
	if !strings.Contains(strings.Join(told[0].Warnings, " "), "id_number_twice") {
		t.Errorf("got %v", told[0].Warnings)
	}
}

// TestImportTwins: two rows of one record are a mistake, and the second says of which.
func TestImportTwins(t *testing.T) {
	d := newDesk(t)
	told := d.mustImport(
		row("household", `{"form_no":"`+form+`","head_name":"王明"}`),
		row("household", `{"form_no":"`+form+`","head_name":"李兰"}`),
		row("person", `{"name":"王明","id_number":"`+wang+`"}`),
		row("person", `{"name":"王明明","id_number":"`+wang+`"}`),
		row("household", `{"form_no":"`+other+`"}`),
		row("household", `{"form_no":"`+other+`","head_name":"赵六"}`),
	)
	const twin = "rejected another row is of the same record"
	wantBecame(t, told, "new", twin, "new", twin, "rejected head_name:household_named", "new")
	if told[1].SameAs != 1 || told[3].SameAs != 3 {
		t.Errorf("got rows %d and %d, want 1 and 3", told[1].SameAs, told[3].SameAs)
	}
}

// TestImportMembersFirst: members find their household whichever comes first, also in
// another file, and the household that is rejected and corrected later.
func TestImportMembersFirst(t *testing.T) {
	d := newDesk(t)
	d.mustImport(row("person", `{"name":"王明","household":"`+form+`"}`))
	told := d.mustImport(row("household", `{"form_no":"`+form+`","head_name":"王明"}`))
	if got := d.record("person", string(kit.MustList(t, d.at, "person", "")[0])).Value("household").Text(); got != string(told[0].ID) {
		t.Errorf("the member is of %q, want %q", got, told[0].ID)
	}
}

// TestImportDryRun: it says the same and writes nothing.
func TestImportDryRun(t *testing.T) {
	d := newDesk(t)
	d.mustPut("household", `{"form_no":"`+other+`","head_name":"王明"}`)
	before := head(t, d.at)
	rows := []desk.Row{row("household", `{"form_no":"`+form+`","head_name":"王明"}`), row("household", `{"form_no":"`+other+`","head_name":"王明明"}`),
		row("person", `{"name":"王明","household":"`+form+`"}`), row("person", `{"sex":"1"}`)}
	told, err := importRows(t, d.at, desk.Importing{DryRun: true}, 0, rows...)
	if err != nil {
		t.Fatal(err)
	}
	wantBecame(t, told, "new", "changed", "new", "rejected name:missing")
	if strings.Contains(strings.Join(told[2].Warnings, " "), "household_unknown") {
		t.Errorf("got %v: the household is in the same file", told[2].Warnings)
	}
	if head(t, d.at) != before {
		t.Error("something was written")
	}
	wantBecame(t, d.mustImport(rows...), became(told)...)
}

// TestImportForm: of a form that was filled in before only what was changed is written,
// and what another has changed meanwhile is a conflict. A form of a record that is not
// here is rejected.
func TestImportForm(t *testing.T) {
	d := newDesk(t)
	made := d.mustPut("person", `{"id":"p-1","name":"李兰","sex":"2","phone":"13900000000"}`)[0]
	d.mustPut("person", `{"id":"p-1","phone":"13911111111","education":"61"}`)
	told := d.mustImport(row("person", `{"id":"`+string(made.ID)+`","version":"`+made.Version+`","name":"李兰兰","sex":null,"phone":"13922222222"}`))
	wantBecame(t, told, "changed")
	shown := mustGet(t, d.at, "person", made.ID)
	if _, has := shown.Fields["sex"]; shown.Fields["name"] != "李兰兰" || shown.Fields["education"] != "61" || has {
		t.Errorf("got %v", shown.Fields)
	}
	if diff := cmp.Diff([]string{"phone"}, shown.Conflicts); diff != "" {
		t.Error(diff)
	}
	gone := change.LineRecordID(kit.First.ID, "person", "x", 1)
	wantBecame(t, d.mustImport(row("person", `{"id":"`+string(gone)+`","version":"`+made.Version+`","name":"李兰"}`)), "rejected no such person here")
}

// TestImportExported: records with the ids of another directory are made here under
// ids of this one, each once, and name each other as they did.
func TestImportExported(t *testing.T) {
	d := newDesk(t)
	home, man := change.LineRecordID(kit.Second.ID, "household", "x", 1), change.LineRecordID(kit.Second.ID, "person", "x", 1)
	rows := []desk.Row{row("household", `{"id":"`+string(home)+`","head_name":"王明"}`), row("person", `{"id":"`+string(man)+`","name":"王明","household":"`+string(home)+`"}`)}
	told := d.mustImport(rows...)
	wantBecame(t, told, "new", "new")
	if got := d.record("person", string(told[1].ID)).Value("household").Text(); got != string(told[0].ID) {
		t.Errorf("the member is of %q, want %q", got, told[0].ID)
	}
	told, err := importRows(t, d.at, desk.Importing{Run: "sha256:9"}, 0, rows...)
	if err != nil {
		t.Fatal(err)
	}
	wantBecame(t, told, "unchanged", "unchanged")
	first, second := change.LineRecordID(kit.Second.ID, "household", "x", 7), change.LineRecordID(kit.Second.ID, "household", "x", 8)
	both := []desk.Row{row("household", `{"id":"`+string(first)+`","head_name":"王明","form_no":"`+form+`"}`), row("household", `{"id":"`+string(second)+`","head_name":"王明","form_no":"`+form+`"}`)}
	wantBecame(t, d.mustImport(both...), "new", "new") // a number that stood twice stands twice
	wantBecame(t, d.mustImport(both...), "unchanged", "unchanged")
}

// TestImportUnread: a row with a cell that cannot be read is rejected, with all else
// that is wrong with it.
func TestImportUnread(t *testing.T) {
	d := newDesk(t)
	bad := row("person", `{"birth_date":"2024-02-30"}`)
	bad.Unread = []string{"name", "sex"}
	good := row("household", `{"head_name":"王明","form_no":"`+form+`"}`)
	good.Unread = []string{"housing"}
	told := d.mustImport(bad, good, row("household", `{"head_name":"王明","form_no":"`+form+`"}`))
	wantBecame(t, told, "rejected birth_date:date", "rejected", "new")
}

// TestImportRefused: what no row could be ends the import.
func TestImportRefused(t *testing.T) {
	d := newDesk(t)
	_, err := importRows(t, d.at, desk.Importing{}, 0, row("nosuch", `{}`))
	kit.WantKind(t, err, fault.Invalid)
	_, err = importRows(t, d.at, desk.Importing{}, 0, row("notice", `{"title":"x"}`))
	kit.WantKind(t, err, fault.Denied)
	_, err = importRows(t, d.at, desk.Importing{Run: "-x", Named: true}, 0)
	kit.WantKind(t, err, fault.Invalid)
}

// TestExport: an export has the version of each record, and calls what it names by
// what people know it by.
func TestExport(t *testing.T) {
	d := newDesk(t)
	home := d.mustPut("household", `{"form_no":"`+form+`","head_name":"王明"}`)[0]
	d.mustPut("household", `{"id":"H-2","form_no":"`+other+`","head_name":"李兰"}`)
	bare := d.mustPut("household", `{"head_name":"赵六"}`)[0]
	d.mustPut("person", `{"id":"p-1","name":"甲","household":"`+string(home.ID)+`"}
{"id":"p-2","name":"乙","household":"H-2"}
{"id":"p-3","name":"丙","household":"`+string(bare.ID)+`"}
{"id":"p-4","name":"丁","household":"H-9"}
{"id":"p-5","name":"戊"}`)
	called := map[any]string{}
	err := desk.New(d.at).Export(t.Context(), "person", "", "", desk.Findable, kit.Clerk, func(shown *desk.Shown) error {
		called[shown.Fields["name"]] = shown.Called["household"]
		if shown.Version == "" {
			t.Errorf("%v: no version", shown.Fields["name"])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[any]string{"甲": form, "乙": "H-2", "丙": string(bare.ID), "丁": string(kit.Name(kit.First, "household", "H-9")), "戊": ""}
	if diff := cmp.Diff(want, called); diff != "" {
		t.Error(diff)
	}
}

// TestExportNumbers: a table for another system names a person by number or id, where one
// of ours may name it by the ID number.
func TestExportNumbers(t *testing.T) {
	d := newDesk(t)
	id := string(d.mustPut("person", `{"name":"李兰","id_number":"420202198903215618"}`)[0].ID)
	d.mustPut("person", `{"id":"p-1","name":"王明"}`)
	d.mustPut("guidance", `{"person":"`+id+`","on":"2026-01-02"}`+"\n"+`{"person":"p-1","on":"2026-01-02"}`)
	for how, want := range map[desk.Calling][]string{desk.Findable: {"420202198903215618", "p-1"}, desk.Numbered: {id, "p-1"}} {
		var got []string
		err := desk.New(d.at).Export(t.Context(), "guidance", "", "", how, kit.Clerk, func(shown *desk.Shown) error {
			got = append(got, shown.Called["person"])
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// TestExportNames: a list that people read calls what it names by name, and rows that
// are made of records do so too.
func TestExportNames(t *testing.T) {
	d := newDesk(t)
	d.mustPut("household", `{"id":"H-1","head_name":"王明"}`)
	d.mustPut("person", `{"id":"p-1","name":"李兰","household":"H-1"}`)
	export := func(kind, day string, how desk.Calling) (called map[string]string) {
		err := desk.New(d.at).Export(t.Context(), kind, "", day, how, kit.Clerk, func(shown *desk.Shown) error {
			called = shown.Called
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return called
	}
	if got := export("person", "", desk.Named)["household"]; got != "王明" {
		t.Errorf("got %q, want the head's name", got)
	}
	for how, want := range map[desk.Calling]map[string]string{desk.Named: {"person": "李兰", "household": "王明"}, desk.Findable: {"person": "p-1", "household": "H-1"}} {
		if diff := cmp.Diff(want, export("person_facts", "2026-01-02", how)); diff != "" {
			t.Error(diff)
		}
	}
}

package desk_test

import (
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// texts are the fields of a record that are asked for.
func texts(shown *desk.Shown, fields ...string) (all []any) {
	for _, f := range fields {
		all = append(all, shown.Fields[f])
	}
	return all
}

func wantTexts(t *testing.T, shown *desk.Shown, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := shown.Fields[pairs[i]]; got != pairs[i+1] && (got != nil || pairs[i+1] != "") {
			t.Errorf("%s: got %v, want %q", pairs[i], got, pairs[i+1])
		}
	}
}

// TestTextsBesideReferences: an event that names a vacancy, an employer or a class says
// their names too, as they were when it was written; what somebody typed or emptied
// stays, and a copy goes with its reference.
func TestTextsBesideReferences(t *testing.T) {
	d := newDesk(t)
	d.mustPut("person", `{"id":"P-1","name":"王明"}`)
	d.mustPut("employer", `{"id":"E-1","name":"大冶铁矿"}`+"\n"+`{"id":"E-2","name":"东方商场"}`)
	d.mustPut("vacancy", `{"id":"V-1","employer":"E-1","occupation_name":"电工"}`+"\n"+`{"id":"V-2","employer_name":"西塞山茶馆"}`)
	wantTexts(t, mustGet(t, d.at, "vacancy", "V-1"), "employer_name", "大冶铁矿")

	d.mustPut("referral", `{"id":"R-1","person":"P-1","on":"2026-05-01","vacancy":"V-1"}`)
	wantTexts(t, mustGet(t, d.at, "referral", "R-1"), "employer_name", "大冶铁矿", "vacancy_name", "电工")
	d.mustPut("referral", `{"id":"R-2","person":"P-1","on":"2026-05-02","vacancy":"V-1","employer":"E-2","vacancy_name":"高级电工"}`)
	wantTexts(t, mustGet(t, d.at, "referral", "R-2"), "employer_name", "东方商场", "vacancy_name", "高级电工")
	d.mustPut("placement", `{"id":"W-1","person":"P-1","on":"2026-05-03","referral":"R-1"}`)
	wantTexts(t, mustGet(t, d.at, "placement", "W-1"), "employer_name", "大冶铁矿")
	var rows int
	err := desk.New(d.at).List(t.Context(), "ledger_seeking", "", kit.Clerk, func(row *desk.Shown) error {
		if rows++; row.Fields["referred_to"] == nil || row.Fields["vacancy_name"] == nil {
			t.Errorf("the ledger says %v", texts(row, "referred_to", "vacancy_name"))
		}
		return nil
	})
	if err != nil || rows != 2 {
		t.Errorf("got %d rows, %v", rows, err)
	}

	// Put again it changes nothing, nor when the vacancy has another employer since.
	d.mustPut("vacancy", `{"id":"V-1","employer":"E-2"}`)
	wantTexts(t, mustGet(t, d.at, "vacancy", "V-1"), "employer_name", "东方商场")
	if got := d.mustPut("referral", `{"id":"R-1","person":"P-1","on":"2026-05-01","vacancy":"V-1"}`)[0]; got.Result != desk.Unchanged {
		t.Errorf("put again: %+v", got)
	}
	// Another vacancy brings its own texts, but none over one that was typed.
	d.mustPut("referral", `{"id":"R-1","vacancy":"V-2"}`+"\n"+`{"id":"R-2","vacancy":"V-2"}`)
	wantTexts(t, mustGet(t, d.at, "referral", "R-2"), "vacancy_name", "高级电工")
	read := mustGet(t, d.at, "referral", "R-1")
	d.mustPut("referral", shownLine(t, read, map[string]any{"employer_name": nil, "vacancy": "V-1"}))
	wantTexts(t, mustGet(t, d.at, "referral", "R-1"), "employer_name", "")
}

// TestTextsFromAbove: the names of a class that a hub has written.
func TestTextsFromAbove(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.City, "training_institution", `{"id":"I-1","name":"黄石技校"}`)
	kit.MustPut(t, w.City, "training_class", `{"id":"C-1","name":"焊工班","institution":"I-1"}`)
	class := mustGet(t, w.City, "training_class", "C-1")
	wantTexts(t, class, "institution_name", "黄石技校")
	enrolment := `{"id":"N-1","person":"P-1","on":"2026-05-04","class":"` + string(class.ID) + `"}`
	kit.MustPut(t, w.Node, "enrolment", enrolment)
	wantTexts(t, mustGet(t, w.Node, "enrolment", "N-1"), "class_name", "")
	w.MustCarry(t, w.City, w.Node)
	kit.MustPut(t, w.Node, "enrolment", enrolment) // now that it is here
	wantTexts(t, mustGet(t, w.Node, "enrolment", "N-1"), "class_name", "焊工班", "institution_name", "黄石技校")
}

// TestTextsOfOneTable: rows find the texts of records that the same table brings, and a
// dry run says the same.
func TestTextsOfOneTable(t *testing.T) {
	d := newDesk(t)
	rows := []desk.Row{
		row("employer", `{"own_no":"E-1","name":"大冶铁矿"}`),
		row("vacancy", `{"own_no":"V-1","employer":"E-1","occupation_name":"电工"}`),
		row("person", `{"own_no":"P-1","name":"王明"}`),
		row("referral", `{"own_no":"R-1","person":"P-1","on":"2026-05-01","vacancy":"V-1"}`),
	}
	for _, dry := range []bool{true, false} {
		for _, one := range mustRows(t, d, dry, rows) {
			if one.Result != desk.Made {
				t.Errorf("dry %v: got %+v", dry, one)
			}
		}
	}
	wantTexts(t, mustGet(t, d.at, "vacancy", "V-1"), "employer_name", "大冶铁矿")
	wantTexts(t, mustGet(t, d.at, "referral", "R-1"), "employer_name", "大冶铁矿", "vacancy_name", "电工")
}

// TestNamedRunWithTexts: the line of a named run is the same line when the program has
// filled in texts since, or had then.
func TestNamedRunWithTexts(t *testing.T) {
	d := newDesk(t)
	d.mustPut("person", `{"id":"P-1","name":"王明"}`)
	d.mustPut("vacancy", `{"id":"V-1","employer_name":"大冶铁矿"}`)
	how := desk.Saving{Run: "june", Named: true}
	line := `{"person":"P-1","on":"2026-05-01","vacancy":"V-1"}`
	for range 2 {
		if _, err := save(t, d.at, "referral", line, how); err != nil {
			t.Fatal(err)
		}
	}
	d.mustPut("vacancy", `{"id":"V-1","employer_name":"东方商场"}`)
	if got, err := save(t, d.at, "referral", line, how); err != nil || got[0].Result != desk.Unchanged {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := save(t, d.at, "referral", `{"person":"P-1","on":"2026-05-02","vacancy":"V-1"}`, how); fault.Of(err) != fault.Invalid {
		t.Errorf("another line under its name: %v", err)
	}
	id := `{"name":"李四","id_number":"420202196003123217"}`
	how.Run = "july"
	for range 2 {
		if _, err := save(t, d.at, "person", id, how); err != nil {
			t.Errorf("a line that gave a birth date: %v", err)
		}
	}
}

func mustRows(t *testing.T, d *clerk, dry bool, rows []desk.Row) []desk.Imported {
	t.Helper()
	told, err := importRows(t, d.at, desk.Importing{Run: "x", DryRun: dry}, 500, rows...)
	if err != nil {
		t.Fatal(err)
	}
	return told
}

package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/access"
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/mapping"
	"tongbu/internal/schema"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	nodedesk "tongbu/node/desk"
	"tongbu/node/replica"
	"tongbu/node/sheet"
)

// TestTableRoundTrip: every kind that people write, at each tier that may, exported as a
// workbook and imported into an empty network, gives the same records, void ones too,
// references to the same ones, and the same derived rows. Only the ids are others, as
// units have: what the unit has no number for is named after its id of before.
func TestTableRoundTrip(t *testing.T) { roundTrip(t, sheet.XLSX, nil) }

// TestMappedRoundTrip: the same holds for the tables of other systems, in each format. The
// kinds that a map does not have go by our names.
func TestMappedRoundTrip(t *testing.T) {
	maps, err := mapping.All()
	if err != nil || len(maps) == 0 {
		t.Fatal("no maps", err)
	}
	for _, m := range maps {
		for _, format := range []sheet.Format{sheet.XLSX, sheet.CSV, sheet.JSONL} {
			t.Run(m.Name+" "+string(format), func(t *testing.T) { roundTrip(t, format, m) })
		}
	}
}

func roundTrip(t *testing.T, format sheet.Format, m *mapping.Map) {
	from, to := newTiersOfTables(t, kit.MustTown(t)), newTiersOfTables(t, kit.MustTwinTown(t))
	for _, tiers := range []*tiersOfTables{from, to} {
		tiers.format, tiers.mapped = format, m
	}
	kinds := inOrder(from.of[tree.City].Schema.Now())
	from.fill(t, kinds)
	from.fillGraduate(t)
	from.carry(t)
	for _, k := range kinds {
		for _, level := range k.Writers {
			raw := from.mustExport(t, k, tree.Level(level))
			if diff := cmp.Diff("", to.mustImport(t, k, tree.Level(level), raw)); diff != "" {
				t.Errorf("%s of level %d: %s", k.Name, level, diff)
			}
		}
	}
	to.carry(t)
	from.wantFilled(t, kinds)
	twin := twins{from: from, to: to}
	for _, k := range kinds {
		for _, level := range []tree.Level{tree.City, tree.District, tree.Street, tree.Community} {
			if level != tree.Community && k.Personal {
				continue // a hub keeps none: the community has them
			}
			if diff := cmp.Diff(twin.records(t, k, level), to.records(t, k, level)); diff != "" {
				t.Errorf("%s at level %d: %s", k.Name, level, diff)
			}
		}
	}
	for _, k := range from.of[tree.City].Schema.Kinds() {
		if k.Sort != schema.Derived {
			continue
		}
		want, got := twin.derived(t, k), to.derived(t, k)
		if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
			t.Errorf("%s: %d rows: %s", k.Name, len(want), diff)
		}
	}
}

// inOrder are the kinds that people write, those first that others name.
func inOrder(s *schema.Schema) (kinds []*schema.Kind) {
	placed := map[string]bool{}
	for before := -1; before < len(kinds); {
		before = len(kinds)
		for _, k := range s.Kinds() {
			waits := slices.ContainsFunc(k.Fields, func(f *schema.Field) bool { return f.Type == schema.Ref && f.Ref != k.Name && !placed[f.Ref] })
			if !k.System && k.Sort != schema.Derived && !placed[k.Name] && !waits {
				kinds, placed[k.Name] = append(kinds, k), true
			}
		}
	}
	return kinds
}

// tiersOfTables are directories of one network, by level.
type tiersOfTables struct {
	town *kit.Town
	of   map[tree.Level]*replica.Replica
	made map[string][]change.RecordID // by kind

	mapped *mapping.Map // in whose names tables are written and read; nil: in ours
	format sheet.Format // of tables
}

func newTiersOfTables(t *testing.T, town *kit.Town) *tiersOfTables {
	city := town.MustCity(t)
	of := map[tree.Level]*replica.Replica{tree.City: city}
	for level, like := range map[tree.Level]tree.Unit{tree.District: kit.District, tree.Street: kit.Street, tree.Community: kit.First} {
		of[level] = town.MustReplica(t, city, town.Unit(like))
	}
	return &tiersOfTables{town: town, of: of, made: map[string][]change.RecordID{}}
}

// carry has the community hear what the tiers above have said to it.
func (tiers *tiersOfTables) carry(t *testing.T) {
	for _, level := range []tree.Level{tree.City, tree.District, tree.Street} {
		tiers.town.MustCarry(t, tiers.of[level], tiers.of[tree.Community])
	}
}

// fill has each tier write some records of each kind that it may, half of them without
// a number of their own, and void one of those they keep.
func (tiers *tiersOfTables) fill(t *testing.T, kinds []*schema.Kind) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, k := range kinds {
		if access.CitysAlone(k.Name) {
			tiers.made[k.Name] = []change.RecordID{kit.Name(tiers.town.Unit(kit.City), k.Name, "1")} // the program writes it, and others name it
			continue
		}
		for _, writer := range k.Writers {
			level := tree.Level(writer)
			if level != tree.Community && k.Personal && !tiers.isOfCommunity(k.Subject, k) || slices.Contains([]string{schema.CorrectionRequest, schema.CorrectionAnswer, facts.DuplicateAnswer, schema.TransferOffer, schema.TransferAnswer}, k.Name) {
				continue // what a hub says to itself is told to all below; or its own command alone writes it
			}
			for i := range 4 {
				number := ""
				if i%2 == 0 {
					number = fmt.Sprintf("%s-%d-%d", k.Name, level, i)
				}
				id := tiers.mustPut(t, k, level, number, r)
				if tiers.made[k.Name] = append(tiers.made[k.Name], id); i == 3 && (level == tree.Community || !k.Personal) {
					kit.MustPut(t, tiers.of[level], k.Name, `{"id":"`+string(id)+`","valid":"0","void_reason":"重复"}`)
				}
			}
		}
	}
}

// fillGraduate has the city plan a census round, and the community write of a graduate, a retired person and somebody newly
// employed, whom the registers have that chance may not fill.
func (tiers *tiersOfTables) fillGraduate(t *testing.T) {
	at := tiers.of[tree.Community]
	kit.MustPut(t, tiers.of[tree.City], "campaign", `{"name":"普查","kind":"01","from":"2010-01-01","state":"3"}`)
	kit.MustPut(t, at, "person", `{"name":"乙","status":"2","birth_date":"1950-01-01"}`)
	young := string(kit.MustPut(t, at, "person", `{"name":"丙","birth_date":"1995-01-01"}`)[0].ID)
	kit.MustPut(t, at, "placement", `{"on":"2014-01-01","person":"`+young+`"}`)
	who := string(kit.MustPut(t, at, "person", `{"name":"甲","birth_date":"1990-01-01"}`)[0].ID)
	for _, event := range []string{`unemployment {"on":"2012-07-01","reason":"10"`, `service {"on":"2012-08-01"`, `placement {"on":"2013-01-01"`} {
		kind, line, _ := strings.Cut(event, " ")
		kit.MustPut(t, at, kind, line+`,"person":"`+who+`"}`)
	}
}

// isOfCommunity reports whether the reference names what communities write.
func (tiers *tiersOfTables) isOfCommunity(field string, k *schema.Kind) bool {
	f, ok := k.Field(field)
	if !ok {
		return false
	}
	of, _ := tiers.of[tree.City].Schema.Kind(f.Ref)
	return slices.Equal(of.Writers, []int{int(tree.Community)})
}

// mustPut puts a record, with fewer fields as long as it is refused.
func (tiers *tiersOfTables) mustPut(t *testing.T, k *schema.Kind, level tree.Level, number string, r *rand.Rand) change.RecordID {
	t.Helper()
	var why error
	for try := range 40 {
		object := tiers.sample(k, level, r, try)
		delete(object, "own_no")
		if number != "" {
			object["own_no"] = number
		}
		raw, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		written, err := kit.Put(t, tiers.of[level], k.Name, string(raw))
		if err == nil {
			return written[0].ID
		}
		why = err
	}
	t.Fatalf("%s at level %d: no sample is right: %v", k.Name, level, why)
	return ""
}

// sample makes an object; the more tries there were, the fewer of the fields that need
// not be there.
func (tiers *tiersOfTables) sample(k *schema.Kind, level tree.Level, r *rand.Rand, try int) map[string]any {
	object := map[string]any{}
	for _, f := range k.Fields {
		if f.ReadOnly || f.IsComputed() || f.Name == "valid" || f.Name == schema.VoidReason || f.Must == schema.None && r.IntN(20) < try {
			continue
		}
		switch f.Type {
		case schema.Text:
			object[f.Name] = []string{"=1+1", "+86 714", "'@a", "a;b、c", "湖滨路1号", " 前后有空格 ", "两\n行"}[r.IntN(7)] + strconv.Itoa(r.IntN(1000))
			if f.PersonName {
				object[f.Name] = "王·明"
			}
		case schema.Ref:
			if made := tiers.made[f.Ref]; len(made) > 0 {
				object[f.Name] = made[r.IntN(len(made))]
			}
		case schema.Unit:
			object[f.Name] = tiers.of[level].Members.Unit().Code
		case schema.IDNumber:
			body := fmt.Sprintf("4202021989%02d%02d%03d", 1+r.IntN(12), 1+r.IntN(28), r.IntN(999))
			object[f.Name] = body + checkDigit(body)
		case schema.Integer, schema.Money:
			least := int64(1)
			if f.Min != nil {
				least = max(least, *f.Min)
			}
			object[f.Name] = least + int64(r.IntN(20))
		case schema.Date:
			object[f.Name] = fmt.Sprintf("2010-%02d-%02d", 1+r.IntN(12), 1+r.IntN(28))
		case schema.Boolean:
			object[f.Name] = r.IntN(2) == 0
		case schema.Code:
			object[f.Name] = f.List().Items[r.IntN(len(f.List().Items))].Code
		case schema.Codes:
			object[f.Name] = []string{f.List().Items[r.IntN(len(f.List().Items))].Code, f.List().Items[r.IntN(len(f.List().Items))].Code}
		}
	}
	if k.Name == facts.HolidayKind {
		takeYear(object, 2030+len(tiers.made[k.Name])) // a table is found by its year
	}
	return object
}

// takeYear makes a table of holidays one of a year, whose first Sunday is worked.
func takeYear(object map[string]any, year int) {
	day := fmt.Sprintf("%d-01-01", year)
	object["year"], object["off"] = year, fmt.Sprintf("%d-10-01..%d-10-03", year, year)
	object["worked"] = calendar.AddDays(day, 6-calendar.Weekday(day))
}

func checkDigit(body string) string {
	sum := 0
	for _, c := range body {
		sum = (sum + int(c-'0')) * 2 % 11
	}
	return "10X98765432"[sum : sum+1]
}

// each calls fn for the records of a kind on a day, as an export has them.
func (tiers *tiersOfTables) each(t *testing.T, k *schema.Kind, level tree.Level, fn func(*sheet.Record) error) {
	t.Helper()
	if k.Personal {
		level = tree.Community // a hub keeps none
	}
	tell := func(shown *nodedesk.Shown) error {
		raw, err := json.Marshal(shown)
		if err != nil {
			return err
		}
		one := new(sheet.Record)
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		if err := d.Decode(one); err != nil {
			return err
		}
		return fn(one)
	}
	filters, day := []string{"", `valid = "0"`}, ""
	if k.Sort == schema.Derived {
		filters, day = filters[:1], "2027-01-15"
	}
	calls := nodedesk.Findable
	if tiers.mapOf(k) != nil {
		calls = nodedesk.Numbered
	}
	for _, filter := range filters {
		if err := nodedesk.New(tiers.of[level]).Export(t.Context(), k.Name, filter, day, calls, kit.Clerk, tell); err != nil {
			t.Fatalf("%s: %v", k.Name, err)
		}
	}
}

// wantFilled wants a value in each field of each kind, and says which kinds nobody can
// write.
func (tiers *tiersOfTables) wantFilled(t *testing.T, kinds []*schema.Kind) {
	t.Helper()
	var nobodys []string
	for _, k := range kinds {
		if len(tiers.made[k.Name]) == 0 || access.CitysAlone(k.Name) {
			nobodys = append(nobodys, k.Name)
			continue
		}
		met := map[string]bool{}
		for _, level := range k.Writers {
			tiers.each(t, k, tree.Level(level), func(r *sheet.Record) error {
				for name := range r.Fields {
					met[name] = true
				}
				return nil
			})
		}
		for _, f := range k.Fields {
			told := slices.Contains([]string{"layoff_worker", "complaint_state"}, k.Name) && (f.Name == "valid" || f.Name == schema.VoidReason) // hubs keep none, and void none; or by the program alone
			if !met[f.Name] && !f.ReadOnly && !told {
				t.Errorf("no %s has a %s", k.Name, f.Name)
			}
		}
	}
	if diff := cmp.Diff([]string{"correction_request", "correction_answer", "transfer_offer", "transfer", "transfer_answer", "complaint", "complaint_step", "duplicate_case", "duplicate_answer"}, nobodys); diff != "" { // hubs keep these, and read them through their views; or a command of their own writes them
		t.Errorf("kinds that nobody writes: %s", diff)
	}
}

// records are what a tier has of a kind, by id.
func (tiers *tiersOfTables) records(t *testing.T, k *schema.Kind, level tree.Level) map[change.RecordID]map[string]any {
	t.Helper()
	all := map[change.RecordID]map[string]any{}
	tiers.each(t, k, level, func(r *sheet.Record) error {
		all[change.RecordID(r.ID)] = r.Fields
		return nil
	})
	return all
}

// derived are the rows of a derived kind.
func (tiers *tiersOfTables) derived(t *testing.T, k *schema.Kind) (all []string) {
	t.Helper()
	tiers.each(t, k, tree.Community, func(r *sheet.Record) error {
		raw, err := json.Marshal(r.Fields)
		all = append(all, string(raw))
		return err
	})
	slices.Sort(all)
	return all
}

// twins says how the records of one network are named in the other.
type twins struct{ from, to *tiersOfTables }

func (w twins) name(kind string, id change.RecordID) change.RecordID {
	maker, _ := id.Maker()
	u, _ := w.from.town.Tree.Unit(maker)
	unit := w.to.town.Unit(u).ID
	if moved, numbered := id.NumberedAt(unit); numbered {
		return moved
	}
	return change.LineRecordID(unit, kind, string(id), 1)
}

func (w twins) fields(k *schema.Kind, fields map[string]any) map[string]any {
	for _, f := range k.Fields {
		if id, ok := fields[f.Name].(string); ok && f.Type == schema.Ref {
			fields[f.Name] = string(w.name(f.Ref, change.RecordID(id)))
		}
	}
	return fields
}

// caused names what a task follows from, a record of whatever kind.
func (w twins) caused(k *schema.Kind, fields map[string]any) map[string]any {
	by, named := fields["by"].(string)
	if k.Name != facts.TaskKind || !named {
		return fields
	}
	for kind, ids := range w.from.made {
		if slices.Contains(ids, change.RecordID(by)) {
			fields["by"] = string(w.name(kind, change.RecordID(by)))
		}
	}
	return fields
}

func (w twins) records(t *testing.T, k *schema.Kind, level tree.Level) map[change.RecordID]map[string]any {
	t.Helper()
	all := map[change.RecordID]map[string]any{}
	for id, fields := range w.from.records(t, k, level) {
		all[w.name(k.Name, id)] = w.fields(k, fields)
	}
	return all
}

func (w twins) derived(t *testing.T, k *schema.Kind) (all []string) {
	t.Helper()
	w.from.each(t, k, tree.Community, func(r *sheet.Record) error {
		raw, err := json.Marshal(w.caused(k, w.fields(k, r.Fields)))
		all = append(all, string(raw))
		return err
	})
	slices.Sort(all)
	return all
}

// mapOf is the map that has the kind; nil: none.
func (tiers *tiersOfTables) mapOf(k *schema.Kind) *mapping.Map {
	if tiers.mapped == nil {
		return nil
	}
	if _, err := tiers.mapped.Of(k.Name); err != nil {
		return nil
	}
	return tiers.mapped
}

func (tiers *tiersOfTables) mustExport(t *testing.T, k *schema.Kind, level tree.Level) []byte {
	t.Helper()
	var b bytes.Buffer
	layout := sheet.Layout{Kind: k}
	if m := tiers.mapOf(k); m != nil {
		layout.Map, _ = m.Of(k.Name) // mapOf has found it
	}
	err := sheet.Write(&b, sheet.Out{Format: tiers.format, Layout: layout, Temp: t.TempDir()}, func(yield func(*sheet.Record) error) error {
		tiers.each(t, k, level, yield)
		return nil
	}, func(_ int, why error) error { return why })
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// mustImport imports a workbook and says which rows of the unit were rejected, and why.
func (tiers *tiersOfTables) mustImport(t *testing.T, k *schema.Kind, level tree.Level, raw []byte) (rejected string) {
	t.Helper()
	if len(raw) == 0 {
		return "" // JSON Lines of no records
	}
	at := tiers.of[level]
	f, err := sheet.Open(bytes.NewReader(raw), int64(len(raw)), tiers.format)
	if err != nil {
		t.Fatal(err)
	}
	tables, _, err := f.Tables(at.Schema, sheet.Choice{Kind: k.Name, Map: tiers.mapOf(k)})
	if err != nil {
		t.Fatal(err)
	}
	var rows []*nodedesk.Row
	err = tables[0].Rows(func(row *sheet.Row) error {
		if len(row.Problems) > 0 {
			return row.Problems[0].Err
		}
		rows = append(rows, &nodedesk.Row{Line: row.Line, Kind: k.Name, Unit: row.Unit, Item: bytes.Clone(row.Item)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	next := func() (*nodedesk.Row, error) {
		if len(rows) == 0 {
			return nil, io.EOF
		}
		one := rows[0]
		rows = rows[1:]
		return one, nil
	}
	err = nodedesk.New(at).Import(t.Context(), nodedesk.Importing{Actor: "clerk", Run: "sha256:1"}, next, func(one nodedesk.Imported) error {
		if one.Result != nodedesk.Made && !strings.HasPrefix(one.Why, "the row is of another unit") {
			rejected += fmt.Sprintf("%+v\n", one)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rejected
}

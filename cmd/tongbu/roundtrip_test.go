package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/schema"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	nodedesk "tongbu/node/desk"
	"tongbu/node/replica"
	"tongbu/node/sheet"
)

// TestTableRoundTrip: every kind that people write, exported as a workbook and imported
// into an empty directory, gives the same records, and references to the same ones.
func TestTableRoundTrip(t *testing.T) {
	from, to := newTiersOfTables(t), newTiersOfTables(t)
	r := rand.New(rand.NewPCG(3, 4))
	var kinds []*schema.Kind
	for _, k := range from[tree.City].Schema.Kinds() {
		isLocal := slices.Contains(k.Writers, int(tree.Community)) || !k.Personal // a hub keeps no personal records of its own
		if !k.System && k.Sort != schema.Derived && isLocal {
			kinds = append(kinds, k)
			from.mustPut(t, k, "r-1", r) // what others name
		}
	}
	for _, k := range kinds {
		for i := range 3 {
			from.mustPut(t, k, fmt.Sprintf("n-%d", i), r)
		}
	}
	made := 0
	for _, k := range kinds {
		if diff := cmp.Diff("", to.mustImport(t, k, from.mustExport(t, k))); diff != "" {
			t.Errorf("%s: %s", k.Name, diff)
		}
	}
	for _, k := range kinds { // when all are there that they name
		had, has := from.records(t, k), to.records(t, k)
		if diff := cmp.Diff(had, has); diff != "" {
			t.Errorf("%s: %s", k.Name, diff)
		}
		made += len(has)
	}
	if made < 2*len(kinds) {
		t.Errorf("got %d records of %d kinds: the sample has too few that are right", made, len(kinds))
	}
}

// tiersOfTables are directories of one network, by level.
type tiersOfTables map[tree.Level]*replica.Replica

func newTiersOfTables(t *testing.T) tiersOfTables {
	town := kit.MustTown(t)
	city := town.MustCity(t)
	return tiersOfTables{tree.City: city, tree.District: town.MustReplica(t, city, kit.District), tree.Street: town.MustReplica(t, city, kit.Street), tree.Community: town.MustReplica(t, city, kit.First)}
}

// of is the lowest tier that writes a kind.
func (tiers tiersOfTables) of(k *schema.Kind) *replica.Replica {
	return tiers[tree.Level(slices.Max(k.Writers))]
}

// mustPut puts a record, with fewer fields as long as it is refused; own_no only where
// nothing else is right.
func (tiers tiersOfTables) mustPut(t *testing.T, k *schema.Kind, number string, r *rand.Rand) {
	t.Helper()
	for try := range 40 {
		object := sampleObject(k, r, try)
		object["own_no"] = number
		raw, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := kit.Put(t, tiers.of(k), k.Name, string(raw)); err == nil {
			return
		}
	}
	t.Logf("%s %s: no sample is right", k.Name, number)
}

// sampleObject makes an object; the more tries there were, the fewer of the fields that
// need not be there.
func sampleObject(k *schema.Kind, r *rand.Rand, try int) map[string]any {
	object := map[string]any{}
	for _, f := range k.Fields {
		if f.ReadOnly || f.IsComputed() || f.Name == "valid" || f.Name == schema.VoidReason || f.Must == schema.None && r.IntN(20) < try {
			continue
		}
		switch f.Type {
		case schema.Text:
			object[f.Name] = []string{"=1+1", "+86 714", "'@a", "a;b、c", "湖滨路1号"}[r.IntN(5)]
			if f.PersonName {
				object[f.Name] = "王·明"
			}
		case schema.Ref:
			object[f.Name] = "r-1"
		case schema.IDNumber:
			body := fmt.Sprintf("4202021989%02d%02d%03d", 1+r.IntN(12), 1+r.IntN(28), r.IntN(999))
			object[f.Name] = body + checkDigit(body)
		case schema.Integer, schema.Money:
			object[f.Name] = 1 + r.IntN(20)
		case schema.Date:
			object[f.Name] = fmt.Sprintf("2010-%02d-%02d", 1+r.IntN(12), 1+r.IntN(28))
		case schema.Boolean:
			object[f.Name] = r.IntN(2) == 0
		case schema.Code:
			object[f.Name] = f.List().Items[r.IntN(len(f.List().Items))].Code
		case schema.Codes:
			object[f.Name] = []string{f.List().Items[r.IntN(len(f.List().Items))].Code}
		}
	}
	return object
}

func checkDigit(body string) string {
	sum := 0
	for _, c := range body {
		sum = (sum + int(c-'0')) * 2 % 11
	}
	return "10X98765432"[sum : sum+1]
}

// each calls fn for the records of a kind, as an export has them.
func (tiers tiersOfTables) each(t *testing.T, k *schema.Kind, fn func(*sheet.Record) error) {
	t.Helper()
	err := nodedesk.New(tiers.of(k)).Export(t.Context(), k.Name, "", "", false, kit.Clerk, func(shown *nodedesk.Shown) error {
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
	})
	if err != nil {
		t.Fatalf("%s: %v", k.Name, err)
	}
}

func (tiers tiersOfTables) mustExport(t *testing.T, k *schema.Kind) []byte {
	t.Helper()
	var b bytes.Buffer
	err := sheet.WriteXLSX(&b, t.TempDir(), sheet.Layout{Kind: k}, func(yield func(*sheet.Record) error) error {
		tiers.each(t, k, yield)
		return nil
	}, func(_ int, why error) error { return why })
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// mustImport imports a workbook and says which rows were rejected, and why.
func (tiers tiersOfTables) mustImport(t *testing.T, k *schema.Kind, raw []byte) (rejected string) {
	t.Helper()
	at := tiers.of(k)
	f, err := sheet.Open(bytes.NewReader(raw), int64(len(raw)), sheet.XLSX)
	if err != nil {
		t.Fatal(err)
	}
	tables, _, err := f.Tables(at.Schema, sheet.Choice{Kind: k.Name})
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
		if one.Result != nodedesk.Made && one.Result != nodedesk.Unchanged {
			rejected += fmt.Sprintf("%+v\n", one)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rejected
}

// records are what a tier has of a kind, without ids: what is named is called as
// people call it.
func (tiers tiersOfTables) records(t *testing.T, k *schema.Kind) (all []string) {
	t.Helper()
	tiers.each(t, k, func(r *sheet.Record) error {
		fields := r.Fields
		for name, called := range r.Called {
			fields[name] = called
		}
		raw, err := json.Marshal(fields)
		all = append(all, strings.TrimSpace(string(raw)))
		return err
	})
	slices.Sort(all)
	return all
}

package root_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/root"
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

// order is one that is in order.
func order(alter func(*root.ProgramOrder)) root.ProgramOrder {
	o := root.ProgramOrder{Name: "stats", Unit: kit.Street.Code, Kinds: []string{"person", " household", "person"}, Purpose: " 失业统计 "}
	alter(&o)
	return o
}

func asItIs(*root.ProgramOrder) {}

// founded is a city with an authority.
func founded(t *testing.T) (*replica.Replica, *root.Root, *kit.Clock) {
	t.Helper()
	w := kit.MustTown(t)
	city := w.MustCity(t)
	return city, mustOpen(t, city), w.Clock
}

// TestAddProgram: the city's word gives a program access at each hub it reaches, by a
// token that is in none of the records.
func TestAddProgram(t *testing.T) {
	w := kit.MustTown(t)
	city := w.MustCity(t)
	street := w.MustReplica(t, city, kit.Street)
	r := mustOpen(t, city)
	issued, err := r.AddProgram(t.Context(), order(asItIs))
	hash, ok := system.ProgramTokenHash(issued.Token)
	want := system.Program{Name: "stats", Unit: kit.Street.ID, Kinds: []string{"person", "household"}, Purpose: "失业统计", Token: hash[:],
		State: system.Active, Added: city.Now().UnixMilli()}
	if diff := cmp.Diff(want, issued.Program); err != nil || !ok || issued.PEM != "" || diff != "" {
		t.Fatalf("%v %q %s", err, issued.PEM, diff)
	}
	w.MustCarry(t, city, street)
	for _, at := range []*replica.Replica{city, street} {
		got, known := at.Members.ProgramOf(hash)
		if diff := cmp.Diff(want, got); !known || diff != "" {
			t.Errorf("%v %s", known, diff)
		}
		wantNoSecret(t, at, issued.Token)
	}
	revoked, err := r.RevokeProgram(t.Context(), "stats", "over")
	if err != nil || revoked.State != system.Revoked {
		t.Errorf("got %+v, %v", revoked, err)
	}
	w.MustCarry(t, city, street)
	if p, known := street.Members.ProgramOf(hash); !known || access.ProgramActive(members.RightsOf(p), "2026-01-01") == nil {
		t.Errorf("the street knows of no revocation: %+v, %v", p, known)
	}
}

// wantNoSecret: the token stands in no change of the program, in none of its forms.
func wantNoSecret(t *testing.T, at *replica.Replica, token string) {
	t.Helper()
	secret, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(token, system.ProgramTokenPrefix))
	if err != nil {
		t.Fatal(err)
	}
	changes := 0
	err = at.Journal.View(func(tx *journal.Tx) error {
		past, err := at.Records.History(tx, system.ProgramKind, "stats")
		for _, p := range past {
			changes++
			raw, err := p.Change.Encode()
			if err != nil {
				return err
			}
			for _, form := range []string{token, string(secret), token[4:], hex.EncodeToString(secret), base64.StdEncoding.EncodeToString(secret)} {
				if bytes.Contains(raw, []byte(form)) {
					t.Error("the secret stands in a change")
				}
			}
		}
		return err
	})
	if err != nil || changes == 0 {
		t.Errorf("%d changes, %v", changes, err)
	}
}

// TestAddProgramRefuses what is not in order, in one line with a hint, and writes nothing.
func TestAddProgramRefuses(t *testing.T) {
	city, r, clock := founded(t)
	today := clock.Now().Format(time.DateOnly)
	for name, test := range map[string]struct {
		alter func(*root.ProgramOrder)
		want  fault.Kind
		says  string
	}{
		"no name":               {func(o *root.ProgramOrder) { o.Name = "" }, fault.Invalid, "no name of a program"},
		"a unit of nobody":      {func(o *root.ProgramOrder) { o.Unit = kit.NotOfTown.Code }, fault.NotFound, "no unit"},
		"no kinds":              {func(o *root.ProgramOrder) { o.Kinds = nil }, fault.Invalid, "no kind is named"},
		"an unknown kind":       {func(o *root.ProgramOrder) { o.Kinds = []string{"person", "persn"} }, fault.Invalid, `there is no kind "persn"`},
		"a system kind":         {func(o *root.ProgramOrder) { o.Kinds = []string{"refusal"} }, fault.Invalid, `there is no kind "refusal"`},
		"programs":              {func(o *root.ProgramOrder) { o.Kinds = []string{"program"} }, fault.Invalid, `there is no kind "program"`},
		"no purpose":            {func(o *root.ProgramOrder) { o.Purpose = " " }, fault.Invalid, "has a purpose"},
		"a long purpose":        {func(o *root.ProgramOrder) { o.Purpose = strings.Repeat("失", 67) }, fault.Invalid, "201 bytes"},
		"a number in it":        {func(o *root.ProgramOrder) { o.Purpose = "110101190001011009" }, fault.Invalid, "an ID number"},
		"no date":               {func(o *root.ProgramOrder) { o.Until = "2026-2-30" }, fault.Invalid, "no date"},
		"a day that is over":    {func(o *root.ProgramOrder) { o.Until = "2001-01-01" }, fault.Invalid, "today is"},
		"a rate below none":     {func(o *root.ProgramOrder) { o.Rate = -1 }, fault.Invalid, "questions a second"},
		"a rate without bounds": {func(o *root.ProgramOrder) { o.Rate = 10001 }, fault.Invalid, "questions a second"},
		"a certificate for two years": {func(o *root.ProgramOrder) {
			o.Cert, o.Until = true, clock.Now().AddDate(2, 0, 0).Format(time.DateOnly)
		}, fault.Invalid, "at most a year"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := r.AddProgram(t.Context(), order(test.alter))
			kit.WantKind(t, err, test.want)
			if err != nil && !strings.Contains(err.Error()+fault.Hint(err), test.says) || strings.Contains(fmt.Sprint(err), "110101") {
				t.Errorf("got %v (%s), want %q", err, fault.Hint(err), test.says)
			}
		})
	}
	if all := city.Members.Programs(); len(all) != 0 {
		t.Errorf("got %+v", all)
	}
	if _, err := r.AddProgram(t.Context(), order(func(o *root.ProgramOrder) { o.Until = today })); err != nil {
		t.Errorf("for today alone: %v", err)
	}
}

// TestAddProgramAgain: a name with access keeps what it has; one whose access was revoked,
// or has ended, gets another token, and the one before leads nowhere.
func TestAddProgramAgain(t *testing.T) {
	city, r, clock := founded(t)
	add := func(alter func(*root.ProgramOrder)) root.Issued {
		t.Helper()
		issued, err := r.AddProgram(t.Context(), order(alter))
		if err != nil {
			t.Fatal(err)
		}
		return issued
	}
	first := add(func(o *root.ProgramOrder) { o.Until, o.Full, o.Rate = clock.Now().Format(time.DateOnly), true, 9 })
	_, err := r.AddProgram(t.Context(), order(asItIs))
	kit.WantKind(t, err, fault.Invalid)
	if p, ok := city.Members.ProgramOf([32]byte(first.Program.Token)); !ok || !p.Full {
		t.Errorf("what it had: %+v, %v", p, ok)
	}
	clock.Advance(48 * time.Hour)
	second := add(func(o *root.ProgramOrder) { o.Cert = true })
	if p, _ := city.Members.Program("stats"); p.Token != nil || p.Full || p.Rate != 0 || !bytes.Equal(p.Certificate, second.Certificate) {
		t.Errorf("after its end: %+v", p)
	}
	if _, ok := city.Members.ProgramOf([32]byte(first.Program.Token)); ok {
		t.Error("the token before is good")
	}
	for range 2 { // again: it stays so
		if p, err := r.RevokeProgram(t.Context(), "stats", ""); err != nil || p.State != system.Revoked {
			t.Errorf("got %+v, %v", p, err)
		}
	}
	third := add(asItIs)
	if p, ok := city.Members.ProgramOf([32]byte(third.Program.Token)); !ok || p.State != system.Active || p.Until != "" {
		t.Errorf("given again: %+v, %v", p, ok)
	}
	if _, ok := city.Members.ProgramOfKey([32]byte(second.Certificate)); ok || third.Token == first.Token {
		t.Error("what it was known by before is good")
	}
}

func TestRevokeProgramRefuses(t *testing.T) {
	_, r, _ := founded(t)
	_, err := r.RevokeProgram(t.Context(), "nobody", "")
	kit.WantKind(t, err, fault.NotFound)
	_, err = r.RevokeProgram(t.Context(), "tbp_secret", "")
	kit.WantKind(t, err, fault.Invalid)
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("a token in place of a name is repeated: %v", err)
	}
}

// TestProgramWithACertificate: it is the authority's, named by its key, and good to the end
// of its last day, where none is named for a year.
func TestProgramWithACertificate(t *testing.T) {
	city, r, clock := founded(t)
	issued, err := r.AddProgram(t.Context(), order(func(o *root.ProgramOrder) { o.Cert = true }))
	if err != nil || issued.Token != "" || issued.Program.Token != nil {
		t.Fatalf("got %+v, %v", issued, err)
	}
	pair, err := tls.X509KeyPair([]byte(issued.PEM), []byte(issued.PEM))
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	p, err := city.Keys.Verifier().Program([]*x509.Certificate{leaf}, clock.Now())
	if err != nil || p.Name != "stats" || p.Key != identity.Fingerprint(sha256.Sum256(leaf.RawSubjectPublicKeyInfo)) {
		t.Errorf("got %+v, %v", p, err)
	}
	if known, ok := city.Members.ProgramOfKey(p.Key); !ok || known.Name != "stats" {
		t.Errorf("got %+v, %v", known, ok)
	}
	zone := time.FixedZone("Shanghai", 8*3600)
	last, err := time.ParseInLocation(time.DateOnly, issued.Until, zone)
	if life := leaf.NotAfter.Sub(clock.Now()); err != nil || !leaf.NotAfter.Equal(last.AddDate(0, 0, 1)) || life < 364*24*time.Hour || life > 366*24*time.Hour {
		t.Errorf("until %s, %v: %s", issued.Until, leaf.NotAfter, life)
	}
}

// TestProgramKinds: all, units, derived ones; each by its own name.
func TestProgramKinds(t *testing.T) {
	_, r, _ := founded(t)
	for i, test := range []struct{ asked, want []string }{
		{[]string{"person", "*"}, []string{"*"}},
		{[]string{"unit", "ledger_unemployed", "unit"}, []string{"unit", "ledger_unemployed"}},
	} {
		issued, err := r.AddProgram(t.Context(), order(func(o *root.ProgramOrder) { o.Name, o.Kinds = fmt.Sprintf("p%d", i), test.asked }))
		if diff := cmp.Diff(test.want, issued.Kinds); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
}

// TestProgramRecordIsRight: what is written holds against the schema's own rules.
func TestProgramRecordIsRight(t *testing.T) {
	city, r, _ := founded(t)
	k, ok := city.Schema.Kind(system.ProgramKind)
	if !ok {
		t.Fatal("no such kind")
	}
	all := []string{}
	for _, kind := range city.Schema.Kinds() {
		if !kind.System {
			all = append(all, kind.Name)
		}
	}
	for _, cert := range []bool{false, true} {
		issued, err := r.AddProgram(t.Context(), order(func(o *root.ProgramOrder) {
			o.Name, o.Cert, o.Kinds, o.Purpose = fmt.Sprintf("p-%v", cert), cert, all, strings.Repeat("a", 200)
		}))
		if err != nil {
			t.Fatal(err)
		}
		var values map[string]change.Value
		err = city.Journal.View(func(tx *journal.Tx) error {
			rec, err := city.Records.Get(tx, system.ProgramKind, change.RecordID(issued.Name))
			if err == nil {
				values = rec.Values()
			}
			return err
		})
		if problems := k.CheckOn(values, "2026-12-01"); err != nil || len(problems) != 0 {
			t.Errorf("%v %+v", err, problems)
		}
		for name := range values {
			if f, known := k.Field(name); !known || f.Type == schema.Ref {
				t.Errorf("no field %s", name)
			}
		}
	}
}

// TestRetireWaitsForPrograms: the older authority is trusted as long as a program has
// access by a certificate of it.
func TestRetireWaitsForPrograms(t *testing.T) {
	f, clock := founding(t)
	if _, _, err := root.Found(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	city, err := replica.Open(replica.Config{Dir: f.Dir, Vault: f.Vault, Hub: true, Schema: f.Schema, Now: f.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = city.Close() })
	r := mustOpen(t, city)
	add := func(name string, cert bool) {
		t.Helper()
		if _, err := r.AddProgram(t.Context(), order(func(o *root.ProgramOrder) { o.Name, o.Cert = name, cert })); err != nil {
			t.Fatal(err)
		}
	}
	add("older", true)
	add("by-token", false)
	clock.Advance(time.Hour)
	if _, err := r.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Hour)
	add("newer", true)
	clock.Advance(100 * 24 * time.Hour)
	_, err = r.Retire(t.Context())
	kit.WantKind(t, err, fault.Busy)
	if err == nil || !strings.Contains(err.Error(), "program older has a certificate of the older authority until") {
		t.Errorf("got %v", err)
	}
	if _, err := r.RevokeProgram(t.Context(), "older", ""); err != nil {
		t.Fatal(err)
	}
	if now, err := r.Retire(t.Context()); err != nil || now.Trusted != 1 {
		t.Errorf("got %+v, %v", now, err)
	}
}

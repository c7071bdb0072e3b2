package people_test

import (
	"fmt"
	"strings"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/people"
	"tongbu/node/replica"
)

// Made-up people and their passwords.
const (
	head, headWord = "wang.xm", "seven lamps on a hill"
	clerk, word    = "李小红", "blue kettle, no lid"
	here           = "127.0.0.1:50123"
)

// newPeople makes the accounts of a node, with passwords that cost little.
func newPeople(at *replica.Replica) *people.People {
	p := people.New(at)
	p.SetCost(8, 1)
	return p
}

// mustPeople makes a node with a head and an operator.
func mustPeople(t *testing.T) (*kit.Tiers, *people.People) {
	t.Helper()
	w := kit.MustTiers(t)
	p := newPeople(w.Node)
	if _, err := p.First(t.Context(), people.Person{Login: head, Name: "王小明"}, headWord); err != nil {
		t.Fatal(err)
	}
	mustAdd(t, p, people.Person{Login: clerk, Role: people.Operator})
	return w, p
}

func mustAdd(t *testing.T, p *people.People, person people.Person) people.Person {
	t.Helper()
	made, err := p.Add(t.Context(), head, person, word)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func mustSignIn(t *testing.T, p *people.People, login, password string) people.Person {
	t.Helper()
	who, err := p.SignIn(t.Context(), login, password, here)
	if err != nil {
		t.Fatal(err)
	}
	return who
}

func ptr[T any](v T) *T { return &v }

// TestFirst: the first account is a head's, whatever is asked for, and there is one
// first account.
func TestFirst(t *testing.T) {
	w := kit.MustTiers(t)
	p := newPeople(w.Node)
	if any, err := p.Any(); any || err != nil {
		t.Fatalf("got %v, %v before anybody came", any, err)
	}
	got, err := p.First(t.Context(), people.Person{Login: " ＷANG.xm", Name: "王小明", Role: people.Viewer, Confirmed: true, Ended: "2020-01-01"}, headWord)
	if err != nil {
		t.Fatal(err)
	}
	day, err := w.Node.Day()
	if err != nil {
		t.Fatal(err)
	}
	want := people.Person{Login: head, Name: "王小明", Role: people.Head, MadeBy: head, MadeOn: day, Term: 1}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if any, err := p.Any(); !any || err != nil {
		t.Errorf("got %v, %v", any, err)
	}
	_, err = p.First(t.Context(), people.Person{Login: "another"}, headWord)
	kit.WantKind(t, err, fault.Denied)
	if who := mustSignIn(t, p, "Wang.XM", headWord); who != want {
		t.Errorf("signed in as %+v, want %+v", who, want)
	}
}

// TestWhoMayAdd: an active head and the command line, nobody else.
func TestWhoMayAdd(t *testing.T) {
	w, p := mustPeople(t)
	mustAdd(t, p, people.Person{Login: "second", Role: people.Head})
	mustAdd(t, p, people.Person{Login: "viewer", Role: people.Viewer})
	mustAdd(t, p, people.Person{Login: "gone", Role: people.Head})
	day, err := w.Node.Day()
	if err != nil {
		t.Fatal(err)
	}
	mustAdd(t, p, people.Person{Login: "today", Role: people.Head, Until: day})
	if err := p.End(t.Context(), head, "gone"); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		by   string
		want fault.Kind
	}{{head, fault.OK}, {"second", fault.OK}, {"today", fault.OK}, {people.CommandLine, fault.OK}, {clerk, fault.Denied}, {"viewer", fault.Denied}, {"gone", fault.Denied}, {"", fault.Denied}, {"nobody", fault.Denied}} {
		login := fmt.Sprintf("new%d", i)
		_, err := p.Add(t.Context(), c.by, people.Person{Login: login, Role: people.Operator}, word)
		if got := fault.Of(err); got != c.want {
			t.Errorf("added by %q: got %v (%v), want %v", c.by, got, err, c.want)
		}
		err = p.Change(t.Context(), c.by, clerk, people.Change{Name: ptr("李小红")})
		if got := fault.Of(err); got != c.want {
			t.Errorf("changed by %q: got %v (%v), want %v", c.by, got, err, c.want)
		}
		if _, err := p.Current(login); (err == nil) != (c.want == fault.OK) {
			t.Errorf("added by %q: %v", c.by, err)
		}
	}
}

// TestWhatIsNoAccount: logins, names, roles, days and passwords that are refused, each
// with a hint and without its words in the message.
func TestWhatIsNoAccount(t *testing.T) {
	_, p := mustPeople(t)
	good := people.Person{Login: "good", Name: "好", Role: people.Operator}
	for name, c := range map[string]struct {
		change func(*people.Person)
		word   string
	}{
		"one letter":        {func(a *people.Person) { a.Login = "x" }, word},
		"a long login":      {func(a *people.Person) { a.Login = strings.Repeat("x", 33) }, word},
		"many bytes":        {func(a *people.Person) { a.Login = strings.Repeat("好", 22) }, word},
		"a blank":           {func(a *people.Person) { a.Login = "a b" }, word},
		"the command line":  {func(a *people.Person) { a.Login = people.CommandLine }, word},
		"a line feed":       {func(a *people.Person) { a.Login = "a\nb" }, word},
		"no text":           {func(a *people.Person) { a.Login = "a\xffb" }, word},
		"a login there is":  {func(a *people.Person) { a.Login = head }, word},
		"an ID number":      {func(a *people.Person) { a.Login = "11010519491231002x" }, word},
		"a name in lines":   {func(a *people.Person) { a.Name = "a\nb" }, word},
		"a number as name":  {func(a *people.Person) { a.Name = "11010519491231002X" }, word},
		"a long name":       {func(a *people.Person) { a.Name = strings.Repeat("好", 34) }, word},
		"no role":           {func(a *people.Person) { a.Role = "" }, word},
		"an unknown role":   {func(a *people.Person) { a.Role = "root" }, word},
		"a day that is not": {func(a *people.Person) { a.Until = "2099-02-30" }, word},
		"a day before":      {func(a *people.Person) { a.Until = "2001-01-01" }, word},
		"a common password": {nil, "password123"},
	} {
		person := good
		if c.change != nil {
			c.change(&person)
		}
		_, err := p.Add(t.Context(), head, person, c.word)
		if fault.Of(err) != fault.Invalid || fault.Hint(err) == "" {
			t.Errorf("%s: got %v with the hint %q, want invalid", name, err, fault.Hint(err))
		}
		if err != nil && (strings.Contains(err.Error(), c.word) || strings.Contains(err.Error(), "110105")) {
			t.Errorf("%s: the failure tells what was typed: %v", name, err)
		}
	}
	if _, err := p.Add(t.Context(), head, good, word); err != nil {
		t.Errorf("what is in order: %v", err)
	}
}

// TestTheLastHeadStays: there is always a head without a last day.
func TestTheLastHeadStays(t *testing.T) {
	_, p := mustPeople(t)
	for _, by := range []string{head, people.CommandLine} {
		kit.WantKind(t, p.End(t.Context(), by, head), fault.Denied)
		kit.WantKind(t, p.Change(t.Context(), by, head, people.Change{Role: ptr(people.Operator)}), fault.Denied)
		kit.WantKind(t, p.Change(t.Context(), by, head, people.Change{Until: ptr("2099-01-01")}), fault.Denied)
	}
	mustAdd(t, p, people.Person{Login: "second", Role: people.Head})
	if err := p.End(t.Context(), head, head); err != nil {
		t.Fatal(err)
	}
	kit.WantKind(t, p.End(t.Context(), "second", "second"), fault.Denied)
	_, err := p.Current(head)
	kit.WantKind(t, err, fault.Denied)
	_, err = p.SignIn(t.Context(), head, headWord, here)
	kit.WantKind(t, err, fault.Denied)
	_, err = p.Add(t.Context(), "second", people.Person{Login: head, Role: people.Viewer}, word)
	kit.WantKind(t, err, fault.Invalid)
	kit.WantKind(t, p.Change(t.Context(), "second", head, people.Change{Unlock: true}), fault.Denied)
	kit.WantKind(t, p.Change(t.Context(), "second", "nobody", people.Change{Unlock: true}), fault.NotFound)
	kit.WantKind(t, p.Change(t.Context(), "second", clerk, people.Change{}), fault.Invalid)
}

// TestPasswords: whoever gets one from another changes it; a new one ends what was begun
// under the old one.
func TestPasswords(t *testing.T) {
	_, p := mustPeople(t)
	const mine, given = "green door, third floor", "twelve grey geese"
	who := mustSignIn(t, p, clerk, word)
	if !who.MustChange {
		t.Error("a password that the head knows need not be changed")
	}
	kit.WantKind(t, p.SetOwn(t.Context(), clerk, "not this one", mine), fault.Denied)
	kit.WantKind(t, p.SetOwn(t.Context(), clerk, word, word), fault.Invalid)
	kit.WantKind(t, p.SetOwn(t.Context(), clerk, word, "short"), fault.Invalid)
	if err := p.SetOwn(t.Context(), clerk, word, mine); err != nil {
		t.Fatal(err)
	}
	own := mustSignIn(t, p, clerk, mine)
	if own.MustChange || own.Term <= who.Term {
		t.Errorf("got %+v after %+v", own, who)
	}
	_, err := p.SignIn(t.Context(), clerk, word, here)
	kit.WantKind(t, err, fault.Denied)
	if err := p.Change(t.Context(), head, clerk, people.Change{Password: ptr(given), Role: ptr(people.Viewer), Name: ptr(" 李小红 ")}); err != nil {
		t.Fatal(err)
	}
	if now := mustSignIn(t, p, clerk, given); !now.MustChange || now.Term <= own.Term || now.Role != people.Viewer || now.Name != "李小红" {
		t.Errorf("got %+v", now)
	}
}

// TestUntil: the last day is a whole day, and nobody signs in or stays after it.
func TestUntil(t *testing.T) {
	w, p := mustPeople(t)
	day, err := w.Node.Day()
	if err != nil {
		t.Fatal(err)
	}
	mustAdd(t, p, people.Person{Login: "summer", Role: people.Operator, Until: day})
	mustSignIn(t, p, "summer", word)
	w.Clock.Advance(24 * 60 * 60 * 1e9)
	_, err = p.Current("summer")
	kit.WantKind(t, err, fault.Denied)
	_, err = p.SignIn(t.Context(), "summer", word, here)
	kit.WantKind(t, err, fault.Denied)
	if err := p.Change(t.Context(), head, "summer", people.Change{Until: ptr("")}); err != nil {
		t.Fatal(err)
	}
	mustSignIn(t, p, "summer", word)
}

// TestBound: accounts that ended make room, the first of them first; others do not.
func TestBound(t *testing.T) {
	_, p := mustPeople(t)
	for i := range people.MaxAccounts - 2 {
		mustAdd(t, p, people.Person{Login: fmt.Sprintf("n%d", i), Role: people.Viewer})
	}
	_, err := p.Add(t.Context(), head, people.Person{Login: "more", Role: people.Viewer}, word)
	kit.WantKind(t, err, fault.Exhausted)
	for _, login := range []string{"n7", "n5"} {
		if err := p.End(t.Context(), head, login); err != nil {
			t.Fatal(err)
		}
	}
	mustAdd(t, p, people.Person{Login: "more", Role: people.Viewer})
	all, err := p.List()
	if err != nil || len(all) != people.MaxAccounts {
		t.Fatalf("%d accounts, %v", len(all), err)
	}
	_, err = p.Current("n5")
	kit.WantKind(t, err, fault.NotFound)
	_, err = p.Current("n7")
	kit.WantKind(t, err, fault.Denied)
}

// TestMay: what each role may; an unknown one, of a later program, may nothing.
func TestMay(t *testing.T) {
	for role, want := range map[people.Role]string{people.Head: "rwl", people.Operator: "rw", people.Viewer: "r", "": "", "later": ""} {
		got := ""
		for i, act := range []people.Act{people.Read, people.Write, people.Lead} {
			if role.May(act) {
				got += "rwl"[i : i+1]
			}
		}
		if got != want {
			t.Errorf("%q may %q, want %q", role, got, want)
		}
	}
}

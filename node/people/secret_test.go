package people_test

import (
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/people"
)

// TestCommonPasswords: those that are tried first, and others made as they are.
func TestCommonPasswords(t *testing.T) {
	for _, word := range []string{
		"12345678", "123456789", "87654321", "11111111", "aaaaaaaa", "密密密密密密密密", "abcabcabc", "12121212", "password", "Password1", "P@ssw0rd", "p@ssword123",
		"admin123", "admin888", "qwertyui", "qwe123456", "1qaz2wsx", "1qaz@WSX", "abc12345", "Abcd1234", "a1234567", "aa123456", "woaini1314", "5201314a",
		"iloveyou", "19900101", "20201231", "01011990", "asdfghjkl", "147258369", "wang1234", "wang12345678", "１２３４５６７８", "社区123456", "shequ123",
		"short", "七个字的密码啊", "", "wangwang", "new\nline words",
	} {
		if err := people.CheckPassword("wang", word); fault.Of(err) != fault.Invalid || fault.Hint(err) == "" {
			t.Errorf("%q: got %v, want invalid", word, err)
		}
	}
	for _, word := range []string{"blue kettle, no lid", "correct horse battery", "春江潮水连海平啊", "Xk7-pm2-Qd", "wang likes tea", "hx7#kettle", "1990 was cold"} {
		if err := people.CheckPassword("wang", word); err != nil {
			t.Errorf("%q: got %v", word, err)
		}
	}
}

// TestAnyLoginAndPassword: whatever is accepted signs in as it was typed, its login is
// its own normal form, and nothing else signs in.
func TestAnyLoginAndPassword(t *testing.T) {
	w := kit.MustTiers(t)
	p := newPeople(w.Node)
	if _, err := p.First(t.Context(), people.Person{Login: head}, headWord); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		login := rapid.OneOf(rapid.String(), rapid.StringMatching(`[\p{L}\p{Nd}._-]{2,12}`)).Draw(t, "login")
		password := rapid.OneOf(rapid.String(), rapid.StringMatching(`.{8,40}`)).Draw(t, "password")
		if again := people.Normal(people.Normal(login)); again != people.Normal(login) {
			t.Fatalf("the normal form %q of %q has the normal form %q", people.Normal(login), login, again)
		}
		made, err := p.Add(ctx, head, people.Person{Login: login, Role: people.Viewer}, password)
		if err != nil {
			if kind := fault.Of(err); kind != fault.Invalid {
				t.Fatalf("%q, %q: %v", login, password, err)
			}
			return
		}
		for _, typed := range []string{login, made.Login} {
			if who, err := p.SignIn(ctx, typed, password, here); err != nil || who.Login != made.Login {
				t.Fatalf("%q does not sign in as %q: %+v, %v", typed, made.Login, who, err)
			}
		}
		if _, err := p.SignIn(ctx, login, password+"x", here); fault.Of(err) != fault.Denied {
			t.Fatalf("another password signs in: %v", err)
		}
		if err := p.End(ctx, head, made.Login); err != nil { // makes room
			t.Fatal(err)
		}
	})
}

// TestCostRises: who signs in with a password of before is given today's cost, and goes
// on signing in.
func TestCostRises(t *testing.T) {
	w, p := mustPeople(t)
	p.SetCost(16, 2)
	mustSignIn(t, p, clerk, word)
	if got := p.CostOf(clerk); got != [3]uint32{16, 2, 1} {
		t.Errorf("the cost is %v", got)
	}
	again := newPeople(w.Node)
	if got := again.CostOf(clerk); got != [3]uint32{16, 2, 1} {
		t.Errorf("on the disk the cost is %v", got)
	}
	mustSignIn(t, p, clerk, word)
}

// TestCostOfAWorkstation: without a word, a password costs what a guess shall cost.
func TestCostOfAWorkstation(t *testing.T) {
	p := people.New(kit.MustTiers(t).Node)
	if _, err := p.First(t.Context(), people.Person{Login: head}, headWord); err != nil {
		t.Fatal(err)
	}
	if got := p.CostOf(head); got != [3]uint32{19 << 10, 2, 1} {
		t.Errorf("the cost is %v, want 19 MiB, 2 passes, 1 thread", got)
	}
	mustSignIn(t, p, head, headWord)
}

// TestNothingToRead: a request asks for the account without the disk.
func TestNothingToRead(t *testing.T) {
	w, p := mustPeople(t)
	if err := w.Node.Journal.Close(); err != nil {
		t.Fatal(err)
	}
	if who, err := p.Current(clerk); err != nil || who.Login != clerk {
		t.Errorf("got %+v, %v", who, err)
	}
	if _, err := p.SignIn(t.Context(), clerk, "not this one", here); fault.Of(err) != fault.Canceled {
		t.Errorf("a try that cannot be counted: got %v", err)
	}
}

// BenchmarkSignIn is a check at the cost of a workstation.
func BenchmarkSignIn(b *testing.B) {
	at := kit.MustTiers(b).Node
	p := people.New(at)
	if _, err := p.First(b.Context(), people.Person{Login: head}, headWord); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := p.SignIn(b.Context(), head, headWord, here); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCurrent is what each request of a page asks.
func BenchmarkCurrent(b *testing.B) {
	at := kit.MustTiers(b).Node
	p := people.New(at)
	if _, err := p.First(b.Context(), people.Person{Login: head}, headWord); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := p.Current(head); err != nil {
			b.Fatal(err)
		}
	}
}

package operate_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
	"tongbu/node/replica"
	"tongbu/syncer/carry"
)

// mustOut writes a carried file for a unit below, or for above when to is empty.
func mustOut(t *testing.T, from *replica.Replica, to string, all bool) *bytes.Buffer {
	t.Helper()
	var file bytes.Buffer
	sum, err := at(from).CarryOut(t.Context(), &file, to, all)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Readers == 0 || sum.LeftOut > 0 {
		t.Errorf("got %+v, want readers", sum)
	}
	return &file
}

func mustIn(t *testing.T, to *replica.Replica, file *bytes.Buffer) *carry.Summary {
	t.Helper()
	sum, err := at(to).CarryIn(t.Context(), bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// TestCarried: a record goes up and its receipt comes down in files alone, and
// the next file holds what is new.
func TestCarried(t *testing.T) {
	w := kit.MustTiers(t)
	w.MustAdmit(t, w.Node)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
	up := mustOut(t, w.Node, "", false)
	tree := len(kit.Units()) // the city's own words: a node keeps them for a city that lost them
	if sum := mustIn(t, w.City, up); sum.Unit != kit.First.Code || sum.Changes != tree+1 || sum.Batches != sum.Known+1 || sum.Refused != 0 {
		t.Errorf("up: got %+v, want one change that is new", sum)
	}
	if sum := mustIn(t, w.City, up); sum.Batches == 0 || sum.Known != sum.Batches {
		t.Errorf("again: got %+v, want all known", sum)
	}
	w.MustRecord(t, w.Node)
	if sum := mustIn(t, w.Node, mustOut(t, w.City, kit.First.Code, false)); sum.Unit != kit.City.Code || sum.Receipts != 1 {
		t.Errorf("down: got %+v, want a receipt", sum)
	}
	if own := mustStatus(t, w.Node).Own; own.AtCity != 1 {
		t.Errorf("got %+v, want it recorded", own)
	}
	kit.MustPut(t, w.Node, "person", `{"id":"p-2","name":"乙"}`)
	for all, want := range map[bool]int{false: 1, true: tree + 3} {
		if sum := mustIn(t, w.City, mustOut(t, w.Node, "", all)); sum.Changes != want {
			t.Errorf("all %v: got %+v, want %d changes", all, sum, want)
		}
	}
}

// TestCarriedFilesSayWhatIsThere: what the other side's last file said to have is
// left out of the next one for it.
func TestCarriedFilesSayWhatIsThere(t *testing.T) {
	w := kit.MustTiers(t)
	w.MustAdmit(t, w.Node)
	kit.MustPut(t, w.City, "notice", `{"id":"n-1","title":"x","audience":"`+kit.First.Code+`"}`)
	first := mustOut(t, w.City, kit.First.Code, false)
	if sum := mustIn(t, w.Node, first); sum.Changes == 0 {
		t.Fatalf("got %+v, want the notice in it", sum)
	}
	mustIn(t, w.City, mustOut(t, w.Node, "", false))
	if sum := mustIn(t, w.Node, mustOut(t, w.City, kit.First.Code, false)); sum.Batches != 0 {
		t.Errorf("got %+v, want nothing that is there", sum)
	}
	if sum := mustIn(t, w.Node, mustOut(t, w.City, kit.First.Code, true)); sum.Batches == 0 || sum.Known != sum.Batches {
		t.Errorf("got %+v, want all of it, and known", sum)
	}
}

func TestCarryOutRefuses(t *testing.T) {
	w := kit.MustTiers(t)
	for name, test := range map[string]struct {
		from *replica.Replica
		to   string
		want fault.Kind
	}{
		"above the city":      {w.City, "", fault.Invalid},
		"the unit itself":     {w.Street, kit.Street.Code, fault.Denied},
		"a unit above":        {w.Street, kit.City.Code, fault.Denied},
		"a unit beside":       {w.Street, kit.FarAway.Code, fault.Denied},
		"a unit that is none": {w.Street, kit.NotOfTown.Code, fault.NotFound},
		"below a node":        {w.Node, kit.Second.Code, fault.Denied},
		"nobody has joined":   {w.City, kit.FarAway.Code, fault.NotFound},
	} {
		var out bytes.Buffer
		_, err := at(test.from).CarryOut(t.Context(), &out, test.to, false)
		if fault.Of(err) != test.want || out.Len() > 0 {
			t.Errorf("%s: got %v and %d bytes, want %v and none", name, err, out.Len(), test.want)
		}
	}
}

// TestCarryInRefuses: nothing is applied of a file that is cut or not for this
// directory.
func TestCarryInRefuses(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
	file := mustOut(t, w.Node, "", false).Bytes()
	other := kit.MustTiers(t)
	for name, test := range map[string]struct {
		at   *replica.Replica
		file []byte
		want fault.Kind
	}{
		"cut":             {w.City, file[:len(file)-1], fault.Damaged},
		"empty":           {w.City, nil, fault.Damaged},
		"another network": {other.City, file, fault.Denied},
	} {
		_, err := at(test.at).CarryIn(t.Context(), bytes.NewReader(test.file))
		kit.WantKind(t, err, test.want)
		if err == nil {
			t.Errorf("%s: it was applied", name)
		}
	}
	if _, ok := w.City.Streams.Entry(w.Stream(w.Node)); ok {
		t.Error("something of a cut file was applied")
	}
}

// TestCarriedIsHeardBeyond: a hub does what it has to before the answer.
func TestCarriedIsHeardBeyond(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
	heard := 0
	city := operate.New(w.City, operate.Beyond{Carried: func(context.Context) error {
		if _, ok := w.City.Streams.Entry(w.Stream(w.Node)); ok {
			heard++
		}
		return nil
	}})
	if _, err := city.CarryIn(t.Context(), mustOut(t, w.Node, "", false)); err != nil || heard != 1 {
		t.Errorf("%v, heard %d times behind it, want once", err, heard)
	}
	if _, err := city.CarryIn(t.Context(), new(bytes.Buffer)); err == nil || heard != 1 {
		t.Errorf("%v, heard %d times; want nothing of a file that is none", err, heard)
	}
}

// TestOldFilesSayNothing: a file that is brought in after a later one of its writer
// changes nothing, not even what the writer is known to have.
func TestOldFilesSayNothing(t *testing.T) {
	w := kit.MustTiers(t)
	w.MustAdmit(t, w.Node)
	kit.MustPut(t, w.City, "notice", `{"id":"n-1","title":"x","audience":"`+kit.First.Code+`"}`)
	old := mustOut(t, w.Node, "", true)
	mustIn(t, w.City, old)
	mustIn(t, w.Node, mustOut(t, w.City, kit.First.Code, false))
	mustIn(t, w.City, mustOut(t, w.Node, "", true))
	if sum := mustIn(t, w.City, old); sum.Known != sum.Batches {
		t.Errorf("got %+v, want all known", sum)
	}
	if sum := mustIn(t, w.Node, mustOut(t, w.City, kit.First.Code, false)); sum.Batches != 0 {
		t.Errorf("got %+v, want nothing that is there", sum)
	}
}

// TestReaders: a file goes to the hubs above that are not revoked, before the city's
// records have come as well as after.
func TestReaders(t *testing.T) {
	w := kit.MustTiers(t)
	fresh := w.MustOpen(t, w.MustJoin(t, kit.Second))
	sum, err := at(fresh).CarryOut(t.Context(), new(bytes.Buffer), "", false)
	if err != nil || sum.Readers != 2 {
		t.Errorf("a site that has heard of nobody: %+v, %v, want city and street", sum, err)
	}
	second := w.MustReplica(t, w.City, kit.Street)
	w.MustAdmit(t, second)
	w.MustCarry(t, w.City, w.Node)
	if sum, err = at(w.Node).CarryOut(t.Context(), new(bytes.Buffer), "", false); err != nil || sum.Readers != 3 {
		t.Errorf("with another hub: %+v, %v, want it as well", sum, err)
	}
}

// TestStrangersAreNotStored: of what is no carried file for this device the head is
// read and nothing else.
func TestStrangersAreNotStored(t *testing.T) {
	w := kit.MustTiers(t)
	second := w.MustReplica(t, w.City, kit.Second)
	file := mustOut(t, w.Node, "", false).Bytes()
	for name, test := range map[string]struct {
		at   *replica.Replica
		head []byte
		want fault.Kind
	}{"noise": {w.City, []byte("tongbu-carry\nxxx"), fault.Damaged}, "another's": {second, file, fault.Denied}} {
		rest := &counted{}
		_, err := at(test.at).CarryIn(t.Context(), io.MultiReader(bytes.NewReader(test.head), rest))
		if fault.Of(err) != test.want || rest.n > carry.HeadSize {
			t.Errorf("%s: got %v and %d bytes read, want %v", name, err, rest.n, test.want)
		}
	}
}

// counted is endless, and counts what was read of it.
type counted struct{ n int }

func (c *counted) Read(p []byte) (int, error) {
	c.n += len(p)
	return len(p), nil
}

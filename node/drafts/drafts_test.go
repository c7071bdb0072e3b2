package drafts_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/drafts"
	"tongbu/node/replica"
)

type values = map[string][]string

// station is a directory with drafts.
type station struct {
	*drafts.Drafts
	t    testing.TB
	town *kit.Town
	dir  string
	at   *replica.Replica
}

func newStation(t *testing.T) *station {
	t.Helper()
	town := kit.MustTown(t)
	s := &station{t: t, town: town, dir: town.MustJoin(t, kit.First)}
	s.open()
	return s
}

func (s *station) open() {
	s.t.Helper()
	s.at = s.town.MustOpen(s.t, s.dir)
	s.Drafts = drafts.New(s.at)
}

func (s *station) mustBegin(owner, subject string, of values) drafts.Draft {
	s.t.Helper()
	d, err := s.Begin(s.t.Context(), owner, "person", subject, "王明", of)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func (s *station) mustKeep(d drafts.Draft, tab, name string) drafts.Draft {
	s.t.Helper()
	kept, err := s.keep(d, tab, name)
	if err != nil {
		s.t.Fatal(err)
	}
	return kept
}

func (s *station) keep(d drafts.Draft, tab, name string) (drafts.Draft, error) {
	d.Tab, d.Values = tab, values{"name": {name}}
	return s.Keep(s.t.Context(), d)
}

// wants checks what is kept of a draft.
func (s *station) wants(what string, d drafts.Draft, name string) {
	s.t.Helper()
	got, err := s.Get(d.Owner, d.ID)
	if err != nil || !slices.Equal(got.Values["name"], []string{name}) {
		s.t.Errorf("%s: got %v, %v, want %s", what, got.Values, err, name)
	}
}

// TestKeptThroughACrash: what Keep has returned is there when the directory is opened
// again without having been closed.
func TestKeptThroughACrash(t *testing.T) {
	s := newStation(t)
	begun := s.mustBegin("wang", "", values{"name": {"王"}})
	kept := s.mustKeep(begun, "a", "王明")
	if kept.Revision != begun.Revision+1 || len(kept.ID) != 32 {
		t.Errorf("got %+v after %+v", kept, begun)
	}
	copied := t.TempDir() // as the disk has it while the store is open
	if err := os.CopyFS(copied, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	if err := s.at.Close(); err != nil {
		t.Fatal(err)
	}
	for _, s.dir = range []string{copied, s.dir} {
		s.open()
		s.wants("opened again", kept, "王明")
		got, err := s.Get("wang", kept.ID)
		if diff := cmp.Diff(kept, got); diff != "" || err != nil {
			t.Error(err, diff)
		}
	}
}

// TestTwoPages: of one draft in two pages nothing is lost, whoever keeps first.
func TestTwoPages(t *testing.T) {
	s := newStation(t)
	begun := s.mustBegin("wang", "", nil)
	one := s.mustKeep(begun, "a", "甲")
	two := s.mustKeep(one, "b", "乙") // the second page has what the first has kept
	var clash *drafts.Conflict
	if _, err := s.keep(one, "a", "甲甲"); !errors.As(err, &clash) || fault.Of(err) != fault.Invalid {
		t.Fatalf("got %v, want a conflict", err)
	}
	if clash.Stored.Values["name"][0] != "乙" || clash.Kept.Values["name"][0] != "甲甲" || clash.Kept.Beside != begun.ID || clash.Kept.ID == begun.ID {
		t.Errorf("got %+v", clash)
	}
	s.wants("the other page's", two, "乙")
	s.wants("this page's", clash.Kept, "甲甲")
	if _, err := s.keep(one, "a", "甲甲甲"); !errors.As(err, &clash) {
		t.Fatalf("got %v, want a conflict", err)
	}
	s.wants("the copy that the page had before", clash.Kept, "甲甲甲")
	all, err := s.List("wang")
	if err != nil || len(all) != 2 {
		t.Fatalf("got %d drafts, %v, want two", len(all), err)
	}
	on := s.mustKeep(clash.Kept, "a", "甲四")
	s.wants("gone on with", on, "甲四")
	s.mustKeep(two, "b", "乙乙")
	again := s.mustKeep(two, "b", "乙三") // the answer to the one before was lost on its way
	s.wants("kept again by one page", again, "乙三")
}

// TestKeepOfTheSameIsFree: a page that keeps in each pause of the typing costs no sync.
func TestKeepOfTheSameIsFree(t *testing.T) {
	s := newStation(t)
	kept := s.mustKeep(s.mustBegin("wang", "", nil), "a", "王明")
	before := s.at.Journal.Stats().Updates
	if again := s.mustKeep(kept, "a", "王明"); again.Revision != kept.Revision || s.at.Journal.Stats().Updates != before {
		t.Errorf("got revision %d and %d commits, want none", again.Revision, s.at.Journal.Stats().Updates-before)
	}
}

// TestBegin: an edit goes on with the draft of its record; a new record has a new one.
func TestBegin(t *testing.T) {
	s := newStation(t)
	first := s.mustKeep(s.mustBegin("wang", "r-1", values{"name": {"王"}}), "a", "王明")
	if got := s.mustBegin("wang", "r-1", values{"name": {"other"}}); got.ID != first.ID || got.Values["name"][0] != "王明" {
		t.Errorf("got %+v, want the draft that is open", got)
	}
	for _, other := range []drafts.Draft{s.mustBegin("wang", "r-2", nil), s.mustBegin("li", "r-1", nil), s.mustBegin("wang", "", nil), s.mustBegin("wang", "", nil)} {
		if other.ID == first.ID || other.Values == nil {
			t.Errorf("got %+v, want another draft", other)
		}
	}
	if err := s.Drop(t.Context(), "wang", first.ID); err != nil {
		t.Fatal(err)
	}
	if got := s.mustBegin("wang", "r-1", nil); got.ID == first.ID {
		t.Error("a draft came back that was dropped")
	}
}

// TestOwners: another owner's draft is not there.
func TestOwners(t *testing.T) {
	s := newStation(t)
	of := s.mustKeep(s.mustBegin("wang", "", nil), "a", "王明")
	theirs := of
	theirs.Owner = "li"
	_, got := s.Get("li", of.ID)
	_, kept := s.keep(theirs, "b", "李")
	for what, err := range map[string]error{"get": got, "keep": kept, "drop": s.Drop(t.Context(), "li", of.ID), "propose": s.Propose(t.Context(), "li", of.ID, "x"),
		"no id": s.Drop(t.Context(), "wang", "../../x"), "upper case": s.Drop(t.Context(), "wang", strings.ToUpper(of.ID)+"A")} {
		if fault.Of(err) != fault.NotFound {
			t.Errorf("%s: got %v, want not found", what, err)
		}
	}
	if all, err := s.List("li"); err != nil || len(all) != 0 {
		t.Errorf("got %v, %v", all, err)
	}
	s.wants("its owner's", of, "王明")
}

// TestBounds: what is too much is refused, and nothing of what is kept is dropped for it.
func TestBounds(t *testing.T) {
	s := newStation(t)
	last := s.mustBegin("wang", "", nil)
	for _, of := range []values{{"name": {strings.Repeat("a", drafts.MaxDraft)}}, {"name": slices.Repeat([]string{""}, drafts.MaxDraft)},
		{"": {"a"}}, {"na\x00me": {"a"}}, {strings.Repeat("n", 200): {"a"}}} {
		d := last
		d.Values = of
		_, err := s.Keep(t.Context(), d)
		kit.WantKind(t, err, fault.Invalid)
	}
	d := last
	d.Values = values{"remark": {strings.Repeat("a", drafts.MaxDraft-100)}}
	if _, err := s.Keep(t.Context(), d); err != nil {
		t.Error(err)
	}
	for range drafts.MaxDrafts - 1 {
		s.mustBegin("wang", "", nil)
	}
	_, err := s.Begin(t.Context(), "wang", "person", "", "", nil)
	if fault.Of(err) != fault.Full || fault.Hint(err) == "" {
		t.Errorf("got %v, want full, with what to do", err)
	}
	all, err := s.List("wang")
	if err != nil || len(all) != drafts.MaxDrafts || all[0].Values != nil {
		t.Errorf("got %d drafts, %v", len(all), err)
	}
	s.mustBegin("li", "", nil)
	if last, err = s.Get("wang", last.ID); err != nil {
		t.Fatal(err)
	}
	one := s.mustKeep(last, "", "甲")
	s.mustKeep(one, "b", "乙")
	var clash *drafts.Conflict
	if _, err := s.keep(one, "a", "丙"); !errors.As(err, &clash) {
		t.Errorf("got %v, want both kept also where no new one is begun", err)
	}
	for _, owner := range []string{"", "a\nb", strings.Repeat("a", 300)} {
		_, err := s.Begin(t.Context(), owner, "person", "", "", nil)
		kit.WantKind(t, err, fault.Invalid)
	}
}

// TestListNewestFirst also has titles without what nobody sees.
func TestListNewestFirst(t *testing.T) {
	s := newStation(t)
	for i := range 3 {
		s.town.Clock.Advance(time.Second)
		if _, err := s.Begin(t.Context(), "wang", "person", "", fmt.Sprintf(" %d\x1b[2J\n户 ", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.List("wang")
	if err != nil || len(all) != 3 || all[0].Title != "2[2J 户" || all[2].Title != "0[2J 户" {
		t.Errorf("got %+v, %v", all, err)
	}
}

// TestWaitsForTheHead: a draft that is proposed is not typed on until the head has said
// what becomes of it, once.
func TestWaitsForTheHead(t *testing.T) {
	s := newStation(t)
	ctx := t.Context()
	d := s.mustKeep(s.mustBegin("wang", "r-1", nil), "a", "王明")
	kit.WantKind(t, s.Propose(ctx, "wang", d.ID, " \x00"), fault.Invalid)
	kit.WantKind(t, s.Settle(ctx, "zhang", d.ID, true, ""), fault.NotFound)
	if err := s.Propose(ctx, "wang", d.ID, "改姓名"); err != nil {
		t.Fatal(err)
	}
	_, err := s.keep(d, "a", "王亮")
	kit.WantKind(t, err, fault.Invalid)
	kit.WantKind(t, s.Propose(ctx, "wang", d.ID, "again"), fault.Invalid)
	waiting, err := s.Proposals()
	if err != nil || len(waiting) != 1 || waiting[0].Proposal.Why != "改姓名" || waiting[0].Values != nil {
		t.Fatalf("got %+v, %v", waiting, err)
	}
	if whole, err := s.Proposal(d.ID); err != nil || whole.Values["name"][0] != "王明" || whole.Owner != "wang" {
		t.Errorf("got %+v, %v", whole, err)
	}
	kit.WantKind(t, s.Settle(ctx, "wang", d.ID, true, ""), fault.Denied)
	kit.WantKind(t, s.Settle(ctx, "zhang", d.ID, false, ""), fault.Invalid)
	if err := s.Settle(ctx, "zhang", d.ID, false, "姓名与证件不符"); err != nil {
		t.Fatal(err)
	}
	kit.WantKind(t, s.Settle(ctx, "zhao", d.ID, true, ""), fault.Invalid)
	back := s.mustBegin("wang", "r-1", nil)
	if back.ID != d.ID || back.State != drafts.Returned || back.Proposal.Word != "姓名与证件不符" || back.Proposal.Head != "zhang" {
		t.Errorf("got %+v, want it back with the word", back)
	}
	s.mustKeep(back, "a", "王亮")
	for _, err := range []error{s.Propose(ctx, "wang", d.ID, "改好了"), s.TakeBack(ctx, "wang", d.ID), s.Propose(ctx, "wang", d.ID, "改好了"), s.Settle(ctx, "zhang", d.ID, true, "")} {
		if err != nil {
			t.Error(err)
		}
	}
	kit.WantKind(t, s.TakeBack(ctx, "wang", d.ID), fault.Invalid)
	s.wants("what was taken", d, "王亮")
	if next := s.mustBegin("wang", "r-1", nil); next.ID == d.ID {
		t.Error("a draft that is taken is gone on with")
	}
	if waiting, err := s.Proposals(); err != nil || len(waiting) != 0 {
		t.Errorf("got %v, %v", waiting, err)
	}
}

// TestNothingIsLost: whatever two pages keep, in whichever order and with whichever
// revision, the last that each has kept is there, in the draft or beside it.
func TestNothingIsLost(t *testing.T) {
	s := newStation(t)
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		owner := fmt.Sprint("owner-", n)
		begun := s.mustBegin(owner, "", nil)
		has := map[string]drafts.Draft{"a": begun, "b": begun}
		last := map[string]string{}
		for i := range rapid.IntRange(1, 8).Draw(r, "steps") {
			tab, text := rapid.SampledFrom([]string{"a", "b"}).Draw(r, "tab"), fmt.Sprint("text ", i)
			if rapid.Bool().Draw(r, "reads before") && has[tab].ID == begun.ID {
				read, err := s.Get(owner, begun.ID)
				if err != nil {
					r.Fatal(err)
				}
				if has[tab] = read; read.Tab != tab {
					delete(last, read.Tab) // the page goes on with what the other has kept
				}
			}
			kept, err := s.keep(has[tab], tab, text)
			var clash *drafts.Conflict
			switch {
			case errors.As(err, &clash):
				kept = clash.Kept
			case err != nil:
				r.Fatal(err)
			}
			last[tab] = text
			if rapid.Bool().Draw(r, "hears the answer") {
				has[tab] = kept
			}
		}
		all, err := s.List(owner)
		if err != nil {
			r.Fatal(err)
		}
		texts := map[string]bool{}
		for _, d := range all {
			whole, err := s.Get(owner, d.ID)
			if err != nil {
				r.Fatal(err)
			}
			texts[whole.Values["name"][0]] = true
		}
		for tab, text := range last {
			if !texts[text] {
				r.Fatalf("page %s kept %q, and there is %v", tab, text, slices.Sorted(maps.Keys(texts)))
			}
		}
	})
}

package pages_test

import (
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/internal/words"
)

// TestInputsHoldWhatIsStored: of every code list, what an input shows for a code is read
// as that code again, in both languages, and one option of several is on.
func TestInputsHoldWhatIsStored(t *testing.T) {
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range s.Kinds() {
		for _, f := range k.Fields {
			if f.List() == nil || f.Type != schema.Code {
				continue
			}
			for _, item := range f.List().Items {
				for _, l := range pages.Languages {
					holds(t, l, f, item.Code)
				}
			}
		}
	}
}

func holds(t *testing.T, l words.Language, f *schema.Field, code string) {
	t.Helper()
	in := pages.InputOf(l, f, "x", []string{pages.Textual(l, f, change.Text(code))})
	sent := in.Text
	if in.Look == pages.AsRadios {
		sent = ""
		for _, o := range in.Options {
			if o.On {
				sent += o.Value
			}
		}
	}
	if got, err := f.ParseText(sent); err != nil || got != change.Text(code) {
		t.Errorf("%s %s in %s: an input sends %q", f.Name, code, l, sent)
	}
}

// TestUnknownCodeStays: what is no code of a list stays to be seen.
func TestUnknownCodeStays(t *testing.T) {
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	k, _ := s.Kind("person")
	for _, name := range []string{"labour_ability", "hardship", "relation"} {
		f, _ := k.Field(name)
		if in := pages.InputOf(words.Chinese, f, "x", []string{"没有的"}); in.Text != "没有的" || in.IsGroup() {
			t.Errorf("%s: %+v", name, in)
		}
	}
}

// TestFill: every row of a paper form is full, in its order.
func TestFill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		widths := rapid.SliceOfN(rapid.SampledFrom([]int{6, 8, 12, 24}), 1, 40).Draw(t, "widths")
		inputs := make([]pages.Input, len(widths))
		for i, w := range widths {
			inputs[i].Width = w
		}
		row := 0
		for i, in := range pages.Fill(inputs) {
			if in.Width < widths[i] || in.Width%2 != 0 {
				t.Fatalf("input %d has %d columns of %d", i, in.Width, widths[i])
			}
			if row += in.Width; row > 24 {
				t.Fatalf("a row has %d columns", row)
			}
			row %= 24
		}
		if row != 0 {
			t.Fatalf("the last row has %d columns", row)
		}
	})
}

// TestBoxesOfferAThingOnce: a set of a list with finer codes offers these; a coarse one
// stands there where it is ticked.
func TestBoxesOfferAThingOnce(t *testing.T) {
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	k, _ := s.Kind("benefit_application")
	f, _ := k.Field("insurances")
	offered := func(texts ...string) map[string]bool {
		all := map[string]bool{}
		for _, o := range pages.InputOf(words.Chinese, f, "x", texts).Options {
			all[o.Text] = o.On
		}
		return all
	}
	if all := offered(); len(all) != 6 {
		t.Errorf("got %v, want the six finer ones", all)
	} else if _, twice := all["失业"]; twice {
		t.Errorf("unemployment insurance is offered twice: %v", all)
	}
	if all := offered("3"); !all["失业"] || all["失业保险"] {
		t.Errorf("what is ticked is not shown: %v", all)
	}
}

package census

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// compared is the page of a home as it stood when the round began beside what it is now.
type compared struct {
	Round             round
	Name, Address     string
	Href              string // of the household
	Visit, Enter      string
	Records           []beside
	Changed, Of, Gone int // fields that differ, of how many
}

// beside is one record, old and new.
type beside struct {
	Kind, Name string
	New        bool // it was not recorded when the round began
	Void       bool
	Fields     []field
	Changed    int
}

// field is what a field said then and says now.
type field struct {
	Label, Then, Now string
	Changed          bool
}

func compare(v *visit.Visit) error {
	r, err := roundOf(v)
	if err != nil {
		return err
	}
	id := change.RecordID(v.R.PathValue("home"))
	of, err := v.Site.Desk.Get(v.Ctx(), "household", id, v.Asker("census"))
	if fault.Of(err) == fault.Invalid {
		return visit.NotFound()
	}
	if err != nil {
		return err
	}
	k, _ := v.Site.Replica.Schema.Kind("household")
	ofVisit, _ := v.Site.Replica.Schema.Kind("visit")
	p := compared{Round: r, Name: cmp.Or(text(v, k, of.Fields, "head_name"), v.Say("未填户主", "head not filled in")), Address: text(v, k, of.Fields, "address"), Href: "/household/" + url.PathEscape(string(of.ID))}
	if v.Writes(k) {
		p.Enter = enterPath(string(of.ID))
	}
	if v.Writes(ofVisit) {
		p.Visit = visitPath(r.ID, string(of.ID))
	}
	if err := p.add(v, k, of.ID); err != nil {
		return err
	}
	if err := p.addMembers(v, of.ID); err != nil {
		return err
	}
	for _, one := range p.Records {
		p.Changed, p.Of = p.Changed+one.Changed, p.Of+len(one.Fields)
	}
	return v.Page("households", "census/compare", p)
}

// addMembers adds the members, the head first.
func (p *compared) addMembers(v *visit.Visit, home change.RecordID) error {
	var members []*desk.Shown
	err := v.Site.Desk.List(v.Ctx(), "person", "household = "+strconv.Quote(string(home)), v.Asker("census"), func(shown *desk.Shown) error {
		members = append(members, shown)
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(members, func(a, b *desk.Shown) int { return cmp.Compare(relation(a), relation(b)) })
	k, _ := v.Site.Replica.Schema.Kind("person")
	for _, m := range members {
		if err := p.add(v, k, m.ID); err != nil {
			return err
		}
	}
	return nil
}

func relation(shown *desk.Shown) string {
	code, _ := shown.Fields["relation"].(string)
	return cmp.Or(code, "~")
}

// add puts a record as it was before the round's first day beside what it is.
func (p *compared) add(v *visit.Visit, k *schema.Kind, id change.RecordID) error {
	past, err := v.Site.Desk.History(v.Ctx(), k.Name, id, v.Asker("census"))
	if err != nil {
		return err
	}
	then, now := map[string]any{}, map[string]any{}
	one := beside{Kind: v.Label(k.Label), New: true}
	for _, c := range past {
		if c.Refused {
			continue
		}
		write(now, c)
		if dayOf(v, c) < p.Round.From {
			one.New = false
			write(then, c)
		}
	}
	for _, f := range k.Fields {
		if f.IsComputed() || f.Type == schema.Ref || f.Name == "unit" {
			continue
		}
		line := field{Label: v.Label(f.Label), Then: text(v, k, then, f.Name), Now: text(v, k, now, f.Name)}
		if line.Then == "" && line.Now == "" {
			continue
		}
		if line.Changed = !one.New && then[f.Name] != nil && !same(then[f.Name], now[f.Name]) || !one.New && then[f.Name] == nil; line.Changed {
			one.Changed++
		}
		one.Fields = append(one.Fields, line)
	}
	one.Name = cmp.Or(text(v, k, now, "name"), text(v, k, now, "head_name"))
	p.Records = append(p.Records, one)
	return nil
}

// write is what a change makes of a record.
func write(to map[string]any, c desk.Past) {
	maps.Copy(to, c.Fields)
	for _, name := range c.Emptied {
		delete(to, name)
	}
}

// dayOf is the day on which a change was entered, by the clock of who entered it.
func dayOf(v *visit.Visit, c desk.Past) string {
	at, _ := time.Parse(time.RFC3339, c.Entered) // the desk writes it so
	return at.In(v.Now().Location()).Format(time.DateOnly)
}

// same reports whether two items say the same.
func same(a, b any) bool {
	one, isSet := a.([]string)
	other, both := b.([]string)
	if isSet || both {
		return slices.Equal(one, other)
	}
	return a == b
}

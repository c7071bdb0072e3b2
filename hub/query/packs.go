package query

import (
	"context"

	"tongbu/hub/view"
	"tongbu/internal/access"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/rulepack"
	"tongbu/internal/schema"
)

// The packs that have names: what is in force, and the two that the program brings.
const (
	InForce = "in_force"
	Default = "default"
	Second  = "second"
)

// packFields are the fields that are read of a rule pack.
var packFields = []string{"kind", "effective_from", "effective_to", "content"}

// packOf is the pack of a name, or of the id of a record; "" is the one in force.
func (s *Service) packOf(ctx context.Context, f *figures, name string) (rulepack.Community, error) {
	switch name {
	case Default:
		return rulepack.Plain().Community, nil
	case Second:
		return rulepack.Second(), nil
	}
	packs, err := s.packs(ctx, f)
	if err != nil {
		return rulepack.Community{}, err
	}
	if name == "" || name == InForce {
		return s.rulesOf(f, packs).Community, nil
	}
	for i := range packs {
		if string(packs[i].ID) == name {
			return communityOf(&packs[i])
		}
	}
	return rulepack.Community{}, fault.New(fault.NotFound, "there is no rule pack %q here", clip(name)).WithHint("give %s, %s, or the id as tongbu query rule_pack shows it", Default, Second)
}

// communityOf is what a pack says of communities, by itself.
func communityOf(e *facts.Entry) (rulepack.Community, error) {
	rules := rulepack.Plain()
	if e.Value("kind").Text() != rulepack.CommunityKind {
		return rules.Community, fault.New(fault.Invalid, "the rule pack is not one of fully employed communities").WithHint("its kind is to be %s", rulepack.CommunityKind)
	}
	if wrong := rules.Apply(rulepack.CommunityKind, e.Value("content").Text()); wrong != nil {
		return rules.Community, fault.New(fault.Invalid, "the rule pack cannot be used").WithHint("see its findings: tongbu findings --kind rule_pack")
	}
	return rules.Community, nil
}

// packs are the valid rule packs that the scope can see.
func (s *Service) packs(ctx context.Context, f *figures) ([]facts.Entry, error) {
	k, ok := s.rows.Schema().Kind(facts.PackKind)
	if !ok {
		return nil, access.NoKind(facts.PackKind)
	}
	rows, err := s.allOf(ctx, f, k, "", packFields)
	if err != nil {
		return nil, err
	}
	return entriesOf(k, packFields, rows), nil
}

// entriesOf are rows as package facts reads records.
func entriesOf(k *schema.Kind, columns []string, rows []view.Row) (entries []facts.Entry) {
	for _, row := range rows {
		values := facts.Values{}
		for i, name := range columns {
			values[name] = row.Values[i]
		}
		entries = append(entries, facts.EntryOf(k, idOf(row), values))
	}
	return entries
}

// allOf reads all records of a kind that are not about persons which the scope can see.
func (s *Service) allOf(ctx context.Context, f *figures, k *schema.Kind, where string, columns []string) ([]view.Row, error) {
	expr, err := filter.Reading{Tree: f.tree, Near: f.scope, Today: f.shown}.Parse(k, where)
	if err != nil {
		return nil, err
	}
	return s.rows.Rows(ctx, view.Query{Kind: k, Scope: scopeOf(f.tree, k, f.scope), Where: expr, Columns: columns, Limit: noLimit, Today: f.shown})
}

// rulesOf are the rules in force on the day: those of the city's packs alone.
func (s *Service) rulesOf(f *figures, packs []facts.Entry) *rulepack.Rules {
	var cities []facts.Entry
	for _, e := range packs {
		if maker, named := e.ID.Maker(); named && maker == f.tree.Root().ID {
			cities = append(cities, e)
		}
	}
	published := facts.Publish(cities)
	return published.Figures(f.shown)
}

package rows

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"

	"tongbu/bench/census"
	"tongbu/bench/program"
	"tongbu/bench/town"
	"tongbu/internal/pages"
	"tongbu/internal/sample"
	"tongbu/internal/schema"
	"tongbu/internal/words"
	"tongbu/node/desk"
)

// station is a workstation whose pages are asked for: a community with its census and what
// happened since.
type station struct {
	*street
	*browser
	e       *Env
	node    *town.Member
	dir     string
	homes   []string        // ids
	people  []string        // ids
	ids     map[any]string  // of persons by ID number, of households by form number
	names   []string        // to search for
	numbers []string        // ID numbers
	failing string          // the address of the list of a rule
	fresh   []census.Family // of four each, to be saved
}

// perArea is how many households are made up as one community's of the sample: more would
// have ID numbers twice.
const perArea = 1300

// newStation makes a closed node with households.
func newStation(ctx context.Context, e *Env, households int) (*station, error) {
	of, err := newStreet(ctx, e, "pages", 1, 0, false)
	if err != nil {
		return nil, err
	}
	s := &station{street: of, e: e, node: of.nodes[0], dir: of.nodes[0].Dir, ids: map[any]string{}}
	if err := s.node.Open(ctx); err != nil {
		return nil, err
	}
	defer func() { _ = s.node.Close() }()
	for from := 0; from < households; from += perArea {
		area := sample.Pick(math.MaxInt).Communities[from/perArea]
		if err := s.put(ctx, area, from, min(perArea, households-from)); err != nil {
			return nil, err
		}
	}
	s.makeFresh(e.size(10, 60, 60))
	return s, nil
}

// put writes households, their members and what happened to them.
func (s *station) put(ctx context.Context, area string, from, n int) error {
	var homes, members []map[string]any
	past := census.NewHistory(area)
	for i := range n {
		f := s.family(area, from+i, i)
		past.Live(f)
		past.Seek(f)
		homes, members = append(homes, f.Home), append(members, f.Members...)
	}
	ids, err := s.write(ctx, "household", homes, "")
	if err != nil {
		return err
	}
	for i, id := range ids {
		s.ids[homes[i]["form_no"]] = id
	}
	s.homes = append(s.homes, ids...)
	if ids, err = s.write(ctx, "person", members, "household"); err != nil {
		return err
	}
	for i, id := range ids {
		number, name := members[i]["id_number"].(string), members[i]["name"].(string)
		s.ids[number], s.numbers, s.names = id, append(s.numbers, number), append(s.names, name)
	}
	s.people = append(s.people, ids...)
	for _, kind := range slices.Concat(census.Happened, census.Sought) {
		subject := "person"
		if kind == "visit" {
			subject = "household"
		}
		if _, err := s.write(ctx, kind, past.Events[kind], subject); err != nil {
			return err
		}
	}
	return nil
}

// family is one of a community of the sample as this station has it.
func (s *station) family(area string, serial, n int) census.Family {
	f := census.New(area, n)
	f.Home["form_no"] = fmt.Sprintf("%s2025%06d", s.node.Unit.Code, serial+1)
	for _, p := range f.Members {
		p["household"] = f.Home["form_no"]
	}
	return f
}

// write puts records of a kind as one input of the command line; the field named refers to
// a record by what it has for a number.
func (s *station) write(ctx context.Context, kind string, objects []map[string]any, ref string) (ids []string, err error) {
	var items []desk.Item
	for i, o := range objects {
		if o[ref] != nil {
			o = maps.Clone(o)
			o[ref] = s.ids[o[ref]]
		}
		raw, err := json.Marshal(o)
		if err != nil {
			return nil, err
		}
		items = append(items, desk.Item{Line: i + 1, JSON: raw})
	}
	if len(items) == 0 {
		return nil, nil
	}
	err = desk.New(s.node.Replica).Put(ctx, kind, items, "clerk", func(w desk.Written) error {
		ids = append(ids, string(w.ID))
		return nil
	})
	if err != nil {
		err = fmt.Errorf("put %s: %w", kind, err)
	}
	return ids, err
}

// makeFresh makes up households of four that are not there yet.
func (s *station) makeFresh(n int) {
	area := sample.Pick(math.MaxInt).Communities[100]
	for i := 0; len(s.fresh) < n; i++ {
		if f := s.family(area, 500_000+i, i); len(f.Members) == 4 {
			s.fresh = append(s.fresh, f)
		}
	}
}

// typed is a household as a form sends it.
func typed(kinds *schema.Schema, f census.Family) (url.Values, error) {
	values := url.Values{}
	for n, object := range append([]map[string]any{f.Home}, f.Members...) {
		kind := "household"
		if n > 0 {
			kind = "person"
		}
		k, _ := kinds.Kind(kind)
		for name, item := range object {
			field, known := k.Field(name)
			if !known || field.Type == schema.Ref {
				continue
			}
			value, err := field.Parse(item)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			texts := []string{pages.Textual(words.Chinese, field, value)}
			if said, err := value.Get(); err == nil {
				if set, is := said.([]string); is {
					texts = set
				}
			}
			values[fmt.Sprintf("%d.%s", n, name)] = texts
		}
	}
	return values, nil
}

// open starts the program with its pages, and a browser that knows them.
func (s *station) open(_ context.Context) (*program.Process, error) {
	p, err := s.e.Program.Serve(s.dir, "--web", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, at, _ := strings.Cut(p.Says, " pages ")
	at, _, _ = strings.Cut(at, " ")
	s.browser = newBrowser(at)
	return p, nil
}

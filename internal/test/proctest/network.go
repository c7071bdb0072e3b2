package proctest

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tongbu/internal/sample"
)

// Network is a city with all its tiers, each served by a process of its own.
type Network struct {
	tb      testing.TB
	Program *Program
	Ports   *Ports
	Tiers   []*Tier // parents first; the city first of all
	places  map[string]string
	choose  func(sample.Row) *Program
	front   func(listen string) string // where others reach a hub's links; nil: where it listens
	dir     string
	added   int
}

// Rows chooses the first streets of the first districts of the sample's city
// and the first communities of each; streets counts them by district.
func Rows(streets []int, communities int) []sample.Row {
	all := sample.Rows()
	rows := all[:1:1]
	for i, district := range unitsBelow(all, rows[0].Code, len(streets)) {
		rows = append(rows, district)
		for _, street := range unitsBelow(all, district.Code, streets[i]) {
			rows = append(rows, street)
			rows = append(rows, unitsBelow(all, street.Code, communities)...)
		}
	}
	return rows
}

func unitsBelow(rows []sample.Row, parent string, n int) []sample.Row {
	var found []sample.Row
	for _, r := range rows {
		if r.Parent == parent && len(found) < n {
			found = append(found, r)
		}
	}
	return found
}

// Found founds a network of the units, joins a device for each, and starts
// all, the city first.
func Found(tb testing.TB, p *Program, rows []sample.Row) *Network {
	tb.Helper()
	return FoundAt(tb, p, rows, nil)
}

// FoundAt is Found with directories of some units, by their codes, in the
// places given.
func FoundAt(tb testing.TB, p *Program, rows []sample.Row, places map[string]string) *Network {
	tb.Helper()
	n := &Network{choose: func(sample.Row) *Program { return p }, places: places}
	n.foundCity(tb, rows)
	n.Grow(rows[1:]...)
	return n
}

// FoundHubs founds a network of the units and starts its hubs alone. Others
// reach the links of a hub where front says: it is given where the hub listens.
func FoundHubs(tb testing.TB, p *Program, rows []sample.Row, front func(listen string) string) *Network {
	tb.Helper()
	n := &Network{choose: func(sample.Row) *Program { return p }, front: front}
	n.foundCity(tb, rows)
	for _, row := range rows[1:] {
		if row.Level < levelCommunity {
			n.Grow(row)
		}
	}
	return n
}

// FoundCity founds a network of the units and starts the city alone.
func FoundCity(tb testing.TB, p *Program, rows []sample.Row) *Network {
	tb.Helper()
	n := &Network{choose: func(sample.Row) *Program { return p }}
	n.foundCity(tb, rows)
	return n
}

// FoundMixed founds a network in which each unit runs a program of its own.
func FoundMixed(tb testing.TB, rows []sample.Row, choose func(sample.Row) *Program) *Network {
	tb.Helper()
	n := &Network{choose: choose}
	n.foundCity(tb, rows)
	n.Grow(rows[1:]...)
	return n
}

// foundCity makes the city of a network and starts it.
func (n *Network) foundCity(tb testing.TB, rows []sample.Row) {
	tb.Helper()
	n.tb, n.Program, n.Ports, n.dir = tb, n.choose(rows[0]), &Ports{}, tb.TempDir()
	tb.Cleanup(n.awaitProcesses)
	units := filepath.Join(n.dir, "units.csv")
	writeUnits(tb, units, rows)
	city := n.Add(rows[0])
	city.MustRun("", "init", append([]string{"--unit", rows[0].Code, "--units", units}, city.listenFlags()...)...)
	city.Start()
}

// Grow adds directories of units, joins and starts them.
func (n *Network) Grow(rows ...sample.Row) {
	n.tb.Helper()
	for _, row := range rows {
		t := n.Add(row)
		n.Join(t)
		t.Start()
	}
}

// Add adds a directory of a unit, which has not joined yet.
func (n *Network) Add(row sample.Row) *Tier {
	name := fmt.Sprintf("%s-%d", row.Code, n.added)
	n.added++
	t := &Tier{tb: n.tb, Program: n.choose(row), Unit: row, Dir: filepath.Join(n.dir, name), logFile: filepath.Join(n.dir, name+".log")}
	if place := n.places[row.Code]; place != "" {
		t.Dir = filepath.Join(place, name)
	}
	if row.Level < levelCommunity {
		t.Listen, t.Web, t.Door = n.Ports.Next(), n.Ports.Next(), n.Ports.Next()
		if n.front != nil {
			t.Advertise = n.front(t.Listen)
		}
	}
	n.Tiers = append(n.Tiers, t)
	return t
}

// Forget takes a tier that comes and goes within a test out of the list.
func (n *Network) Forget(t *Tier) {
	n.Tiers = slices.DeleteFunc(n.Tiers, func(other *Tier) bool { return other == t })
}

const levelCommunity = 5

// Token asks the city for a join token.
func (n *Network) Token(code string) string {
	n.tb.Helper()
	return strings.TrimSpace(n.City().MustRun("", "token", "--unit", code))
}

// Join enrols a tier's directory, through the hub above it.
func (n *Network) Join(t *Tier) {
	n.tb.Helper()
	args := []string{"--token", n.Token(t.Unit.Code), "--hub", "https://" + n.Above(t).Web}
	t.MustRun("", "join", append(args, t.listenFlags()...)...)
}

// City is the root.
func (n *Network) City() *Tier { return n.Tiers[0] }

// Above is the hub of the unit above.
func (n *Network) Above(t *Tier) *Tier { return n.Parent(t.Unit) }

// Parent is the hub of the unit above a unit, which need have no directory.
func (n *Network) Parent(unit sample.Row) *Tier {
	i := slices.IndexFunc(n.Tiers, func(o *Tier) bool { return o.Unit.Code == unit.Parent })
	if i < 0 {
		n.tb.Fatalf("%s has no hub above it", unit.Name)
	}
	return n.Tiers[i]
}

// Level lists the tiers of a level (2 city to 5 community), in order.
func (n *Network) Level(level int) []*Tier {
	var found []*Tier
	for _, t := range n.Tiers {
		if t.Unit.Level == level {
			found = append(found, t)
		}
	}
	return found
}

// awaitProcesses waits for the processes, which ended with the test's context,
// and shows the ends of the logs of a failed test.
func (n *Network) awaitProcesses() {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	for _, t := range n.Tiers {
		if p := t.Process(); p != nil {
			if _, err := p.Wait(ctx); err != nil {
				n.tb.Errorf("%s does not end: %v", t.Unit.Name, err)
			}
		}
	}
	if n.tb.Failed() {
		n.showLogs()
	}
}

func (n *Network) showLogs() {
	const most = 2000
	for _, t := range n.Tiers {
		log := t.Log()
		n.tb.Logf("%s %s:\n%s", t.Unit.Code, t.Unit.Name, log[max(0, len(log)-most):])
	}
}

func writeUnits(tb testing.TB, path string, rows []sample.Row) {
	tb.Helper()
	var text strings.Builder
	w := csv.NewWriter(&text)
	_ = w.Write([]string{"code", "name", "level", "parent_code"}) // Error tells
	for _, r := range rows {
		_ = w.Write([]string{r.Code, r.Name, strconv.Itoa(r.Level), r.Parent})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// Lines writes records as JSON Lines, each with its id.
func Lines(records []sample.Record) string {
	var text strings.Builder
	e := json.NewEncoder(&text)
	for _, r := range records {
		object := map[string]any{}
		if r.ID != "" {
			object["id"] = r.ID
		}
		for name, value := range r.Object {
			object[name] = value
		}
		if err := e.Encode(object); err != nil {
			panic(err) // values of JSON are always JSON
		}
	}
	return text.String()
}

// Persons makes up the first n persons of a community.
func Persons(m *sample.Maker, community string, n int) []sample.Record {
	var people []sample.Record
	for household := 0; len(people) < n; household++ {
		people = append(people, m.Household(community, household).Persons...)
	}
	return people[:n]
}

package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/tree"
	"tongbu/syncer"
)

// Config of a world.
type Config struct {
	Town   *Town
	Seed   uint64
	Window int             // bytes in flight on a link; 0: 12,000, so that windows fill
	Liars  int             // devices that lie
	Flaws  map[Flaw]string // the device that has each, empty: all
	Trace  func(line string)
	All    bool // the trace tells every message

	Stepped func(*syncer.Session) // called after each step of a session; nil: nobody looks

	BreakAt int // the message after which its link breaks, counted from 1; 0: none
}

// World is a town at work. It is used by one goroutine.
type World struct {
	queue
	cfg       Config
	town      *Town
	nodes     []*Node
	byName    map[string]*Node
	lines     []*Line
	enrolled  map[change.DeviceID]change.UnitID
	read      readings
	signed    signatures
	truth     *truth
	liars     liars
	tracer    tracer
	flaws     map[Flaw]string
	window    int
	noise     *rand.Rand                          // of disks and lines
	load      *rand.Rand                          // of what is written
	plan      *rand.Rand                          // of faults
	known     map[change.UnitID][]change.RecordID // what the clerks of a unit have made, and may edit
	working   bool                                // clerks come to work
	copies    map[*Node]*Directory
	judgingAt *Directory // whose judging is planned
	made      int        // installations
	told      int        // messages sent
}

// NewWorld sets up one device a unit, and the line from each to the hub above.
func NewWorld(cfg Config) *World {
	if cfg.Window == 0 {
		cfg.Window = 12_000
	}
	w := &World{cfg: cfg, town: cfg.Town, flaws: cfg.Flaws, window: cfg.Window, byName: map[string]*Node{}, enrolled: map[change.DeviceID]change.UnitID{},
		read: readings{}, signed: signatures{}, copies: map[*Node]*Directory{}, known: map[change.UnitID][]change.RecordID{}}
	w.noise = rand.New(rand.NewPCG(cfg.Seed, 1))
	w.load = rand.New(rand.NewPCG(cfg.Seed, 2))
	w.plan = rand.New(rand.NewPCG(cfg.Seed, 3))
	w.truth, w.liars = newTruth(w), newLiars(cfg.Seed)
	w.tracer.start(w)
	for _, u := range w.town.Units {
		w.Enrol(w.town.Name(u.ID), u.ID)
	}
	w.EnrolLiars(cfg.Liars)
	w.someday(0, w.newDay)
	return w
}

// Enrol adds a device of a unit, and its line.
func (w *World) Enrol(name string, unit change.UnitID) *Node {
	w.made++
	d := NewInstallation(w.made, unit)
	w.enrolled[d.Device] = unit
	return w.addNode(name, newDirectory(w, d))
}

// addNode sets up a machine with a directory.
func (w *World) addNode(name string, s *Directory) *Node {
	n := &Node{Name: name, w: w, up: true}
	w.nodes, w.byName[name] = append(w.nodes, n), n
	n.useDirectory(s)
	if above := w.byName[w.town.Name(w.town.above[s.Unit])]; above != nil {
		w.AddLine(n, above)
	}
	return n
}

// AddLine adds a way from a machine to a hub above it.
func (w *World) AddLine(child, parent *Node) *Line {
	l := &Line{child: child, parent: parent, delay: 5*time.Millisecond + w.randomBelow(w.noise, 90*time.Millisecond), rate: 64 << 10, waits: firstWait}
	if level := w.levelOf(child); level < tree.Community {
		l.rate = 1 << 20
	}
	w.lines = append(w.lines, l)
	w.dial(l, w.randomBelow(w.noise, maxWait))
	return l
}

func (w *World) levelOf(n *Node) tree.Level {
	u, _ := w.town.Tree.Unit(n.dir.Unit)
	return u.Level
}

func (w *World) root() change.UnitID { return w.town.Tree.Root().ID }

// City is the machine of the root.
func (w *World) City() *Node { return w.nodes[0] }

// Node is the machine of a name, nil when there is none.
func (w *World) Node(name string) *Node { return w.byName[name] }

// Events is how much has happened.
func (w *World) Events() int { return w.done }

// Now is the virtual time since the world began.
func (w *World) Now() time.Duration { return w.now }

// randomBelow is a random time below d.
func (w *World) randomBelow(r *rand.Rand, d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(r.Int64N(int64(d)))
}

// Run lets an amount of virtual time pass.
func (w *World) Run(d time.Duration) {
	until := w.now + d
	for w.step(until) {
		continue
	}
	w.now = max(w.now, until)
}

// Settle lets time pass until nothing is left to do; false when that takes
// longer than the limit.
func (w *World) Settle(limit time.Duration) bool {
	until := w.now + limit
	for w.work > 0 && w.step(until) {
		continue
	}
	return w.work == 0
}

// treeFor is what a device judges scope by.
func (w *World) treeFor(s *Directory) syncer.Tree {
	if w.flaw(AnyScope, s) {
		return anything{}
	}
	return w.town.Tree
}

// anything is a tree in which everything is in scope.
type anything struct{}

// Below implements syncer.Tree.
func (anything) Below(change.UnitID, change.UnitID) bool { return true }

// Heir implements syncer.Tree.
func (anything) Heir(unit change.UnitID) change.UnitID { return unit }

func (a anything) Stood(top, unit change.UnitID) bool { return a.Below(top, unit) }

// unsyncedResults is what a device says that does not wait for its disk.
func (w *World) unsyncedResults(sealed [][]byte) []syncer.Result {
	var results []syncer.Result
	for _, raw := range sealed {
		if b, err := w.read.parse(raw); err == nil {
			results = append(results, syncer.Result{Stream: b.Stream, End: b.End(), Mark: b.End()})
		}
	}
	return results
}

// nameOf is the name of the machine that has the directory.
func (w *World) nameOf(s *Directory) string {
	for _, n := range w.nodes {
		if n.dir == s {
			return n.Name
		}
	}
	return "a lost disk"
}

// streamName is a stream for people: author, incarnation, and the audience
// when it is another.
func (w *World) streamName(of change.Stream) string {
	author := w.enrolled[of.Device]
	name := fmt.Sprintf("%s.%d", w.town.Name(author), of.Incarnation)
	if of.Audience != author {
		name += " to " + w.town.Name(of.Audience)
	}
	return name
}

// firstLine is the first line of a machine upward, nil when it has none.
func (w *World) firstLine(n *Node) *Line {
	i := slices.IndexFunc(w.lines, func(l *Line) bool { return l.child == n })
	if i < 0 {
		return nil
	}
	return w.lines[i]
}

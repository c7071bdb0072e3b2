package sim

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// command is one word of the language of scripts.
type command struct {
	least int // words that must follow
	setup func(p *player, args []string) error
	run   func(p *player, args []string) error
}

var commands map[string]command

// The table is filled here because commands speak of players, and players of
// the table.
func init() {
	commands = map[string]command{
		// town small | twelve | N (communities of Huangshi)
		"town": {least: 1, setup: setTown},
		"seed": {least: 1, setup: func(p *player, args []string) (err error) {
			p.cfg.Seed, err = strconv.ParseUint(args[0], 10, 64)
			return err
		}},
		// messages: the trace tells every message
		"messages": {setup: func(p *player, _ []string) error { p.cfg.All = true; return nil }},

		"enter":   {least: 1, run: onNode(func(p *player, n *Node) { p.w.Write(n) })}, // write, without waiting for the disk
		"write":   {least: 1, run: onNodeTimes(func(p *player, n *Node) { p.w.Write(n) })},
		"poison":  {least: 1, run: onNodeTimes(func(p *player, n *Node) { p.w.Poison(n) })},
		"garbage": {least: 1, run: onNodeTimes(func(p *player, n *Node) { p.w.Garbage(n) })},
		"foreign": {least: 2, run: onTwoNodes(func(p *player, n, other *Node) { p.w.Foreign(n, other) })},
		"invent":  {least: 1, run: onNodeTimes(func(p *player, n *Node) { p.w.invent(n) })},
		"say":     {least: 2, run: onTwoNodes(func(p *player, n, other *Node) { p.w.Notify(n, other.dir.Unit) })},
		"away":    {least: 1, run: onNode(func(_ *player, n *Node) { n.away = true })}, // no clerk comes to work
		"work":    {least: 1, run: func(p *player, args []string) error { p.w.Work(args[0] == "on"); return nil }},

		"cut":    {least: 1, run: cutLine}, // cut NAME [up|down]
		"reset":  {least: 1, run: onLine(func(p *player, l *Line) { p.w.resetLine(l) })},
		"mend":   {least: 1, run: onLine(func(p *player, l *Line) { p.w.setCut(l, false, false) })},
		"flaky":  {least: 1, run: onLine(func(_ *player, l *Line) { l.flaky = 0.05 })},
		"messy":  {least: 1, run: onLine(func(_ *player, l *Line) { l.messy = 0.3 })},
		"slow":   {least: 1, run: onLine(func(_ *player, l *Line) { l.rate, l.delay = 8<<10, 300*time.Millisecond })},
		"flap":   {least: 3, run: runFlap},                                                                        // flap NAME EVERY FOR
		"second": {least: 2, run: onTwoNodes(func(p *player, n, hub *Node) { p.w.AddLine(n, hub) })},              // another line
		"spare":  {least: 2, run: onTwoNodes(func(p *player, n, hub *Node) { p.w.AddLine(n, hub).spare = true })}, // used while the first is down

		"stop":    {least: 1, run: onNode(func(_ *player, n *Node) { n.stop() })},
		"start":   {least: 1, run: onNode(func(_ *player, n *Node) { n.start() })},
		"full":    {least: 1, run: onNode(func(_ *player, n *Node) { n.disk.full = true })},
		"room":    {least: 1, run: onNode(func(p *player, n *Node) { n.disk.full = false; p.w.dialAll(n) })},
		"wipe":    {least: 1, run: onNode(func(p *player, n *Node) { p.w.Wipe(n) })},
		"trim":    {least: 1, run: onNode(func(p *player, n *Node) { p.w.Trim(n) })},
		"backup":  {least: 1, run: onNode(func(p *player, n *Node) { p.w.Backup(n) })},
		"restore": {least: 1, run: onNode(func(p *player, n *Node) { p.w.Restore(n) })},
		"older":   {least: 1, run: onNode(func(p *player, n *Node) { p.w.Older(n) })},
		"clone":   {least: 1, run: onNode(func(p *player, n *Node) { p.w.Clone(n) })},
		"enrol":   {least: 2, run: runEnrol}, // enrol NAME UNIT
		"liar":    {least: 2, run: runLiar},  // liar NAME UNIT: enrolled, and lies while clerks work
		"carry":   {least: 2, run: runCarry}, // carry FROM TO [last] [twice] [shuffled] [half]
		"forge":   {least: 1, run: onNode(func(p *player, n *Node) { p.w.forgeReceipt(n) })},
		"rogue":   {least: 1, run: onNode(func(p *player, n *Node) { p.w.speakUnenrolled(n) })},
		"tamper":  {least: 2, run: onTwoNodes(func(p *player, n, to *Node) { p.w.tamperSignatures(n, to) })},

		"clock":   {least: 2, run: setClock}, // clock NAME +10y | -3d | stopped
		"days":    {least: 1, run: passTime(day)},
		"hours":   {least: 1, run: passTime(time.Hour)},
		"seconds": {least: 1, run: passTime(time.Second)},
		"millis":  {least: 1, run: passTime(time.Millisecond)},
		"settle":  {run: runSettle},
		"heal":    {run: func(p *player, _ []string) error { p.w.Heal(); return p.showHealed() }},
		"check":   {run: func(p *player, _ []string) error { p.w.Check(); return nil }},
		"others":  {run: func(p *player, _ []string) error { p.w.CheckOthers(); return nil }},
		"show":    {least: 1, run: onNode(func(p *player, n *Node) { p.showNode(n) })},
		"counts":  {run: showCounts},
	}
}

func onNode(do func(*player, *Node)) func(*player, []string) error {
	return func(p *player, args []string) error {
		n, err := p.node(args[0])
		if err == nil {
			do(p, n)
		}
		return err
	}
}

func onLine(do func(*player, *Line)) func(*player, []string) error {
	return func(p *player, args []string) error {
		l, err := p.lineOf(args[0])
		if err == nil {
			do(p, l)
		}
		return err
	}
}

func onNodeTimes(do func(*player, *Node)) func(*player, []string) error {
	return func(p *player, args []string) error {
		n, err := p.node(args[0])
		if err != nil {
			return err
		}
		count, err := numberArg(args, 1, 1)
		for range count {
			do(p, n)
		}
		p.w.Run(50 * time.Millisecond) // until it is saved
		return err
	}
}

func onTwoNodes(do func(p *player, n, other *Node)) func(*player, []string) error {
	return func(p *player, args []string) error {
		n, err := p.node(args[0])
		if err != nil {
			return err
		}
		other, err := p.node(args[1])
		if err != nil {
			return err
		}
		count, err := numberArg(args, 2, 1)
		for range count {
			do(p, n, other)
		}
		p.w.Run(50 * time.Millisecond)
		return err
	}
}

func setTown(p *player, args []string) error {
	switch args[0] {
	case "small":
		p.cfg.Town = Small()
	case "twelve":
		p.cfg.Town = Twelve()
	default:
		n, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		p.cfg.Town = Huangshi(n)
	}
	return nil
}

func cutLine(p *player, args []string) error {
	l, err := p.lineOf(args[0])
	if err != nil {
		return err
	}
	up, down := true, true
	if len(args) > 1 {
		up, down = args[1] == "up", args[1] == "down"
	}
	p.w.setCut(l, up, down)
	return nil
}

func runFlap(p *player, args []string) error {
	l, err := p.lineOf(args[0])
	if err != nil {
		return err
	}
	every, err := parseSpan(args[1])
	if err != nil {
		return err
	}
	lasts, err := parseSpan(args[2])
	p.w.Flap(l, every, lasts)
	return err
}

func runEnrol(p *player, args []string) error {
	unit := p.w.town.ID(args[1])
	if unit == "" {
		return fault.New(fault.Invalid, "there is no %s", args[1])
	}
	p.w.Enrol(args[0], unit)
	return nil
}

func runLiar(p *player, args []string) error {
	unit := p.w.town.ID(args[1])
	if unit == "" {
		return fault.New(fault.Invalid, "there is no %s", args[1])
	}
	p.w.enrolLiar(args[0], unit)
	return nil
}

func setClock(p *player, args []string) error {
	n, err := p.node(args[0])
	if err != nil {
		return err
	}
	if args[1] == "stopped" {
		n.clock.stop(p.w.now)
		return nil
	}
	by, err := parseSpan(args[1])
	n.clock.shift(by)
	return err
}

func passTime(unit time.Duration) func(*player, []string) error {
	return func(p *player, args []string) error {
		n, err := strconv.Atoi(args[0])
		p.w.Run(time.Duration(n) * unit)
		return err
	}
}

func runSettle(p *player, _ []string) error {
	if !p.w.Settle(day) {
		return fault.New(fault.Invalid, "the network does not come to rest")
	}
	return nil
}

// showHealed tells what the network is like after a heal.
func (p *player) showHealed() error {
	t := p.w.truth
	saved, twice := 0, 0
	at := p.w.deedsAtCity()
	for _, d := range t.deeds {
		if d.saved {
			saved++
		}
		if len(at[d.number]) > 1 {
			twice++
		}
	}
	p.print("saved %d, at the city %d, of them twice %d, lost with a disk %d, aside %d", saved, len(at), twice, len(t.excused), len(t.onlyAside))
	p.print("drained in %s", t.drains[len(t.drains)-1].Round(time.Second))
	return nil
}

// showNode tells how far a machine's own streams have come, as its screen does.
func (p *player) showNode(n *Node) {
	s := n.dir
	for _, of := range s.streamNames() {
		if of.Device == s.Device {
			p.print("%s: saved %d, received %d, recorded %d", p.w.streamName(of), s.streams[of].head(), max(s.atParent[of], s.recordedTo(of)), s.recordedTo(of))
		}
	}
	conflicts := 0
	for _, a := range s.Books().accounts {
		conflicts += len(a.state.Conflicts())
	}
	p.print("incarnation %d, alarms %d, values side by side %d, clock off by %s", s.incarnation, s.alarms, conflicts, p.w.truth.offsets[s.Device].Round(time.Minute))
}

func showCounts(p *player, _ []string) error {
	kinds := make([]string, 0, len(p.w.tracer.sums))
	for kind := range p.w.tracer.sums {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	text := ""
	for _, kind := range kinds {
		text += fmt.Sprintf(" %s %d", kind, p.w.tracer.sums[kind])
	}
	sealed := 0
	for _, b := range p.w.truth.sealed {
		sealed += len(b.Bytes())
	}
	p.print("messages:%s", text)
	p.print("batches: %d bytes made, %d sent", sealed, p.w.tracer.bytes)
	return nil
}

// forgeReceipt hands a machine a receipt of somebody else.
func (w *World) forgeReceipt(n *Node) {
	rogue := NewInstallation(1_000_000, w.root())
	for _, of := range n.dir.streamNames() {
		h := n.dir.streams[of]
		if of.Device != n.dir.Device || len(h.batches) == 0 {
			continue
		}
		m := h.sealed()
		r, err := change.Receipt{City: rogue.Device, Stream: of, Seq: m.Seq, Hash: m.Hash, Epoch: 99}.Sign(rogue.Key)
		if err != nil {
			w.failWorld("forge a receipt: %v", err)
			return
		}
		n.dir.learnAuthor(rogue.Certificate())
		w.trace("%s is handed a forged receipt: %s", n.Name, fault.Of(n.dir.storeReceipt(r.Bytes())))
	}
}

package main_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/internal/test/proctest"
	reports "tongbu/internal/test/report"
)

// hazard is what a machine does to a process or its directory.
type hazard struct {
	name string
	long bool                  // only in the long form
	make func(*testing.T) *rig // nil: the network that others share
	meet func(*testing.T, *rig, *reports.Line)
}

var hazards = []hazard{
	{name: "two processes on one directory", meet: twoProcesses},
	{name: "the street stands still", meet: standStill(theStreet), long: true},
	{name: "the city stands still", meet: standStill(theCity)},
	{name: "the community stands still", meet: standStill(theCommunity)},
	{name: "the street stands still between disk and answer", meet: standInside, long: true},
	{name: "the file is deleted while in use", meet: takenAway},
	{name: "the disk is slow", meet: slowDisk},
	{name: "little memory", meet: lowMemory},
	{name: "killed for want of memory", meet: outOfMemory},
	{name: "the journal's limit", meet: journalLimit, long: true},
	{name: "a full disk at the community", make: rigOnVolume(theCommunity), meet: fullCommunity},
	{name: "a full disk at the city", make: rigOnVolume(theCity), meet: fullCity},
	{name: "a full disk under the view", make: newHazardRig, meet: fullView, long: true},
	{name: "the disk turns read-only while in use", make: rigOnDisk, meet: turnedReadOnly, long: true},
}

// TestProcesses meets each hazard with real processes: nothing acknowledged is
// lost, nothing is there twice, and who can do nothing says so in one line.
func TestProcesses(t *testing.T) {
	line := reports.Begin(t, "processes")
	var shared *rig
	for _, h := range hazards {
		if h.long && !reports.Soak() {
			continue
		}
		if h.make == nil && shared == nil {
			shared = newHazardRig(t)
		}
		t.Run(h.name, func(t *testing.T) {
			t.Cleanup(func() {
				if t.Skipped() {
					line.Skip(t, "%s", h.name)
				}
			})
			s := shared
			if h.make != nil {
				s = h.make(t)
			}
			h.meet(t, s, line)
			s.sound(t)
			line.Runs++
		})
	}
}

// beats are short, so that a peer that stands still is noticed soon.
const beats = "TONGBU_HEARTBEAT=200ms"

func newHazardRig(t *testing.T) *rig { return rigAt(t, nil) }

func rigAt(t *testing.T, places map[string]string) *rig {
	n := proctest.FoundAt(t, faultyProgram(t, quick, beats), proctest.Rows([]int{1}, 1), places)
	return &rig{t: t, n: n, clerk: clerksAt(n)[0], draw: rand.New(rand.NewPCG(reports.Seed(), 0))}
}

// sound wants all that was put recorded, once, and all directories clean.
func (s *rig) sound(t *testing.T) {
	t.Helper()
	if t.Failed() || t.Skipped() {
		return
	}
	err := s.clerk.put(t.Context())
	a := account{}
	if err == nil {
		a, err = audit(t.Context(), s.n, []*clerk{s.clerk})
	}
	if err != nil || a != (account{}) {
		t.Errorf("got %+v, %v, want nothing lost, nothing twice and all clean", a, err)
	}
}

// put puts some households.
func (s *rig) put(t *testing.T, households int) {
	t.Helper()
	for range households {
		if err := s.clerk.put(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *rig) recorded(t *testing.T) {
	t.Helper()
	if err := s.clerk.recorded(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// restart serves a tier with more variables until the returned function has it
// served as usual.
func (s *rig) restart(tier *proctest.Tier, vars ...string) (usual func()) {
	tier.Stop()
	back := under(tier, tier.Program.With(vars...))
	tier.Start()
	return func() {
		tier.Stop()
		back()
		tier.Start()
	}
}

// twoProcesses: the second one ends soon, with a line that says why.
func twoProcesses(t *testing.T, s *rig, line *reports.Line) {
	var slowest time.Duration
	for _, tier := range s.n.Tiers[reports.Scale(theCommunity, theCity):] {
		start := time.Now()
		r, err := tier.Run(t.Context(), nil, "serve")
		slowest = max(slowest, time.Since(start))
		if err != nil || r.Code != fault.Busy.ExitCode() || !complaint.MatchString(r.Err) || !strings.Contains(r.Err, "already served") {
			t.Errorf("%s: a second process: got %v %v, want code %d and a line that says why", tier.Unit.Name, r, err, fault.Busy.ExitCode())
		}
	}
	line.Figure("second_process_ends_ms", milliseconds(slowest))
}

// standStill: a process is stopped for longer than its peers wait for it, and
// goes on.
func standStill(at int) func(*testing.T, *rig, *reports.Line) {
	return func(t *testing.T, s *rig, line *reports.Line) {
		tier := s.n.Tiers[at]
		s.put(t, 3)
		if err := tier.Process().Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		s.unheard(t, at)
		line.Figure(strings.ReplaceAll(scene{tier: at}.where(), " ", "_")+"_noticed_ms", milliseconds(time.Since(start)))
		if err := tier.Process().Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		s.put(t, 3)
		if at == theStreet {
			awaitParent(t, s.clerk.at, tier)
		}
	}
}

// unheard waits until those beside the tier know that it is silent. What is
// put meanwhile goes another way where there is one.
func (s *rig) unheard(t *testing.T, at int) {
	t.Helper()
	tiers := s.n.Tiers
	switch at {
	case theStreet:
		awaitParent(t, tiers[theCommunity], tiers[theDistrict])
		s.put(t, 3)
		s.recorded(t)
	case theCity:
		s.put(t, 3)
		awaitStatus(t, tiers[theDistrict], func(connected bool, _ int) bool { return !connected })
	case theCommunity:
		awaitStatus(t, tiers[theStreet], func(_ bool, children int) bool { return children == 0 })
	}
}

func awaitStatus(t *testing.T, tier *proctest.Tier, is func(connected bool, children int) bool) {
	t.Helper()
	proctest.Await(t, 30*time.Second, tier.Unit.Name+" notices", func() string {
		st, err := tier.Look(t.Context())
		if err != nil {
			return err.Error()
		}
		children := slices.DeleteFunc(st.Children, func(c childOf) bool { return !c.Connected })
		if !is(st.Parent.Connected, len(children)) {
			return fmt.Sprintf("parent %+v, %d children", st.Parent, len(children))
		}
		return ""
	})
}

// standInside: the street stops with batches on its disk and no answer given;
// they reach the city by another way, and once more by the street.
func standInside(t *testing.T, s *rig, _ *reports.Line) {
	street := s.n.Tiers[theStreet]
	usual := s.restart(street, failpoint.Env+"=custody.append.after=pause")
	from := len(street.Log())
	s.put(t, 3)
	proctest.Await(t, 30*time.Second, "the street stands still", func() string {
		if strings.Contains(street.Log()[max(0, from-1):], "custody.append.after: pause") {
			return ""
		}
		return "goes on"
	})
	s.unheard(t, theStreet)
	if err := street.Process().Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	awaitParent(t, s.clerk.at, street)
	usual()
}

// takenAway: somebody deletes the journal of a community that is served. It
// saves what it holds, stops and says so.
func takenAway(t *testing.T, s *rig, line *reports.Line) {
	tier := s.clerk.at
	s.put(t, 3)
	start := time.Now()
	if err := os.Remove(tier.File("journal.db")); err != nil {
		t.Fatal(err)
	}
	some := s.clerk.household()
	if err := tier.Write(t.Context(), "person", proctest.Lines(some)); err == nil {
		s.clerk.people = append(s.clerk.people, some...) // into a file that has no name
	}
	code, err := tier.Process().Wait(t.Context())
	line.Figure("deleted_file_stops_ms", milliseconds(time.Since(start)))
	if err != nil || code != fault.Damaged.ExitCode() || !strings.Contains(tier.Log(), "was taken away while it was in use") {
		t.Errorf("got code %d %v, want %d and a line", code, err, fault.Damaged.ExitCode())
	}
	tier.Start()
}

// slowDisk: each commit takes a second. Questions are answered meanwhile, and
// the saves that wait share the next commit.
func slowDisk(t *testing.T, s *rig, line *reports.Line) {
	tier := s.clerk.at
	usual := s.restart(tier, failpoint.Env+"=journal.commit.before=slow")
	before := tier.MustStatus().Journal.Commits
	const saves = 20
	took := make([]time.Duration, saves)
	var all sync.WaitGroup
	for i := range saves {
		some := s.clerk.household()
		s.clerk.people = append(s.clerk.people, some...)
		all.Go(func() {
			start := time.Now()
			if err := tier.Write(t.Context(), "person", proctest.Lines(some)); err != nil {
				t.Error(err)
			}
			took[i] = time.Since(start)
		})
	}
	var asked []time.Duration
	saved := make(chan struct{})
	go func() { all.Wait(); close(saved) }()
	for done := false; !done; {
		start := time.Now()
		if _, err := tier.Look(t.Context()); err != nil {
			t.Error(err)
		}
		asked = append(asked, time.Since(start))
		select {
		case <-saved:
			done = true
		default:
		}
	}
	after := tier.MustStatus().Journal.Commits
	if shared := after - before; shared > saves/2 {
		t.Errorf("%d saves at once took %d commits, want them to share", saves, shared)
	}
	line.Figure("slow_disk_save_ms", quantiles(took))
	line.Figure("slow_disk_status_ms", quantiles(asked))
	line.Figure("slow_disk_commits_of_20_saves", after-before)
	usual()
}

// journalLimit: a community's journal comes to its limit off the line. New
// records are refused; what it holds goes up; with a higher limit all goes on.
func journalLimit(t *testing.T, s *rig, line *reports.Line) {
	tier := s.clerk.at
	s.recorded(t)
	hubs := s.n.Tiers[:3]
	for _, hub := range hubs {
		hub.Stop()
	}
	usual := s.restart(tier, "TONGBU_MAX_SIZE=4MiB")
	n := 0
	err := error(nil)
	for ; err == nil && n < 2000; n++ {
		some := s.clerk.household()
		if err = tier.Write(t.Context(), "person", proctest.Lines(some)); err == nil {
			s.clerk.people = append(s.clerk.people, some...)
		}
	}
	if fault.Of(err) != fault.Full {
		t.Fatalf("after %d households: got %v, want full", n, err)
	}
	s.clerk.next-- // it was not taken
	if st := tier.MustStatus(); !strings.Contains(st.Disk.Refuses, "limit") {
		t.Errorf("at the limit: got %+v, want words", st.Disk)
	}
	line.Figure("households_until_the_limit", n)
	for _, hub := range hubs {
		hub.Start()
	}
	s.recorded(t) // sealed it takes less room
	usual()
}

// fullCommunity: the disk is full to the last byte and there is no line. A
// record is refused before it is typed; when the line is back what was saved
// goes up, out of the reserve; with room again the reserve is made again.
func fullCommunity(t *testing.T, s *rig, line *reports.Line) {
	tier, v := s.clerk.at, &volume{path: s.place}
	for _, hub := range s.n.Tiers[:3] {
		hub.Stop()
	}
	s.put(t, 40)
	awaitReserve(t, tier, 1<<20)
	v.fill(t, 0)
	nothing, typing, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer nothing.Close() //nolint:errcheck // nobody writes
	defer typing.Close()  //nolint:errcheck // nobody reads
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := tier.Run(ctx, nothing, "put", "person")
	if err != nil || r.Code != fault.Full.ExitCode() || !complaint.MatchString(r.Err) {
		t.Errorf("a put of what nobody has typed yet: got %v %v, want code %d", r, err, fault.Full.ExitCode())
	}
	if st := tier.MustStatus(); st.Disk.Refuses == "" || st.Disk.ReserveBytes == 0 {
		t.Errorf("full: got %+v, want words, and the reserve held", st.Disk)
	}
	for _, hub := range s.n.Tiers[:3] {
		hub.Start()
	}
	start := time.Now()
	s.recorded(t)
	line.Figure("full_disk_drained_ms", milliseconds(time.Since(start)))
	line.Figure("full_disk_reserve_used", tier.MustStatus().Disk.ReserveBytes == 0)
	v.empty(t)
	awaitReserve(t, tier, 1<<20)
}

// fullCity: the city's disk is full. It records on, out of the reserve, and
// makes that again when there is room.
func fullCity(t *testing.T, s *rig, line *reports.Line) {
	city, v := s.n.City(), &volume{path: s.place}
	s.put(t, 5)
	s.recorded(t)
	awaitReserve(t, city, 1<<20)
	v.fill(t, 0)
	used := func() bool { return city.MustStatus().Disk.ReserveBytes == 0 }
	before := s.clerk.next
	for most := before + 1000; !used() && s.clerk.next < most; {
		s.put(t, 20)
		s.recorded(t)
	}
	if !used() || !strings.Contains(city.Log(), "the reserve is given up") {
		t.Errorf("%d households have not used the reserve", s.clerk.next-before)
	}
	s.put(t, 20)
	s.recorded(t)
	line.Figure("households_recorded_on_a_full_disk", s.clerk.next-before)
	v.empty(t)
	awaitReserve(t, city, 1<<20)
}

func awaitReserve(t *testing.T, tier *proctest.Tier, size int64) {
	t.Helper()
	proctest.Await(t, 20*time.Second, "the reserve is there", func() string {
		st, err := tier.Look(t.Context())
		if err != nil || st.Disk.ReserveBytes != size || st.Disk.Refuses != "" {
			return fmt.Sprintf("%+v %v", st.Disk, err)
		}
		return ""
	})
}

package main_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/change"
	"tongbu/internal/config"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/sample"
	"tongbu/internal/test/proctest"
	suites "tongbu/internal/test/report"
	"tongbu/internal/vault"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// healLimit is how long a network may take to heal, on a machine that others
// use as well.
const healLimit = 60 * time.Second

// harmed is a network of four tiers whose disks are put back, wiped and
// copied, while its community goes on.
type harmed struct {
	*testing.T
	*proctest.Network
	line      *suites.Line
	community *proctest.Tier
	people    []sample.Record
	written   int
	each      int // persons put at a time
}

// TestRestore: directories are restored from backups by the command, put back
// by hand, wiped and cloned. Each heals without a hand's turn, nothing that
// was acknowledged and had left its device is lost, and nothing is there
// twice.
func TestRestore(t *testing.T) {
	line := suites.Begin(t, "restore")
	h := &harmed{T: t, Network: proctest.Found(t, program(t, quick, "TONGBU_HEARTBEAT=300ms"), proctest.Rows([]int{1}, 1)), line: line, each: suites.Scale(60, 2000)}
	h.community = h.Level(5)[0]
	h.people = proctest.Persons(sample.NewMaker(seed), h.community.Unit.Code, 20*h.each)
	for _, harm := range []struct {
		name string
		do   func()
	}{
		{"city_restored", func() { h.cityRestored("city.backup") }},
		{"city_restored_twice", h.cityRestoredTwice},
		{"city_put_back", h.cityPutBack},
		{"hub_restored", h.hubRestored},
		{"hub_wiped", h.hubWiped},
		{"nothing_twice", func() { h.again("hubs", 0) }},
		{"node_restored", h.nodeRestored},
		{"node_cloned", h.nodeCloned},
	} {
		start := time.Now()
		harm.do()
		h.wantWhole()
		line.Runs++
		line.Figure(harm.name+"_seconds", time.Since(start).Round(time.Millisecond).Seconds())
	}
	h.again("nodes", 2*h.each)
}

// again counts the changes that the community's devices have written a second
// time: none for what was done to hubs, and to a device at most what it had
// written and not yet delivered under a name that another copy of it used.
func (h *harmed) again(what string, most int) {
	h.Helper()
	h.City().Stop()
	st := h.community.MustStatus()
	unit, said := st.Device, int(st.Own.Head-h.community.MustOwn().Head) // what the device says of itself
	changes := -said
	h.look(h.City(), func(tx *journal.Tx) error {
		return tx.Streams(func(s journal.StreamInfo) error {
			if s.Stream.Device == unit {
				changes += int(s.Sealed.Seq)
			}
			return nil
		})
	})
	h.City().Start()
	h.line.Figure(what+"_written_again", changes-h.written)
	if again := changes - h.written; again < 0 || again > most {
		h.Errorf("%s: %d changes stand at the city for %d that were written, want at most %d again", what, changes, h.written, most)
	}
}

// put has the community write some more.
func (h *harmed) put(at *proctest.Tier) {
	h.Helper()
	at.MustPut("person", proctest.Lines(h.people[h.written:h.written+h.each]))
	h.written += h.each
}

// record is put, and waits until the city has it.
func (h *harmed) record() {
	h.Helper()
	h.put(h.community)
	h.community.AwaitRecorded(healLimit)
}

func (h *harmed) wantWhole() {
	h.Helper()
	h.community.AwaitRecorded(healLimit)
	wantOnce(h.T, h.City(), h.people[:h.written])
	for _, tier := range h.Tiers {
		if st := tier.MustStatus(); len(st.Refusals) > 0 {
			h.Errorf("%s: refused %+v", tier.Unit.Name, st.Refusals)
		}
		tier.MustVerify()
	}
}

// backup makes one while the tier is served.
func (h *harmed) backup(of *proctest.Tier, name string) string {
	h.Helper()
	file := filepath.Join(filepath.Dir(of.Dir), name)
	of.MustRun("", "backup", file)
	return file
}

// restore ends the tier's process without warning, loses its directory, and
// makes another one from the backup. It returns how many arrivals were in it.
func (h *harmed) restore(of *proctest.Tier, file string) uint64 {
	h.Helper()
	of.Kill()
	if err := os.RemoveAll(of.Dir); err != nil {
		h.Fatal(err)
	}
	of.MustRun("", "restore", file)
	last := uint64(0)
	h.look(of, func(tx *journal.Tx) error {
		last = tx.LastArrival()
		return nil
	})
	return last
}

// look reads the journal of a tier that is not served.
func (h *harmed) look(of *proctest.Tier, fn func(*journal.Tx) error) {
	h.Helper()
	v, err := vault.Open(of.Dir, vault.Options{Keys: h.Network.Program.Keys()})
	if err != nil {
		h.Fatal(err)
	}
	j, err := journal.Open(of.File(replica.JournalFile), journal.Options{Key: v.Key(vault.Journal), MaxSize: 1 << 40})
	if err != nil {
		h.Fatal(err)
	}
	if err := j.View(fn); err != nil {
		h.Error(err)
	}
	if err := j.Close(); err != nil {
		h.Error(err)
	}
}

// resent notes how much arrived at a tier after what it had.
func (h *harmed) resent(at *proctest.Tier, after uint64, harm string) {
	h.Helper()
	at.Stop()
	batches, size := 0, 0
	h.look(at, func(tx *journal.Tx) error {
		arrivals, err := tx.Arrivals(after, 1<<20)
		for _, a := range arrivals {
			b, err := tx.Batches(a.Stream, a.First-1, 1)
			if err != nil || len(b) == 0 {
				return err
			}
			batches, size = batches+1, size+len(b[0].Bytes())
		}
		return err
	})
	at.Start()
	h.line.Figure(harm+"_resent_batches", batches)
	h.line.Figure(harm+"_resent_bytes", size)
}

// awaitEpoch waits until the community has heard of a later epoch.
func (h *harmed) awaitEpoch(above uint64) uint64 {
	h.Helper()
	epoch := uint64(0)
	proctest.Await(h.T, healLimit, "the community hears of the new epoch", func() string {
		st, err := h.community.Status(h.Context())
		if epoch = st.Epoch; err != nil || epoch <= above {
			return fmt.Sprintf("epoch %d after %d, %v", epoch, above, err)
		}
		return ""
	})
	return epoch
}

// cityRestored: the children went on since the backup; the city asks for it.
func (h *harmed) cityRestored(name string) {
	h.record()
	file := h.backup(h.City(), name)
	h.record()
	before := h.community.MustStatus().Epoch
	had := h.restore(h.City(), file)
	h.put(h.community) // the city is away
	h.City().Start()
	h.awaitEpoch(before)
	h.community.AwaitRecorded(healLimit)
	h.resent(h.City(), had, "city_restored")
}

// cityRestoredTwice: from one backup, so the second time the epoch that it
// begins with is not above the one that the others know.
func (h *harmed) cityRestoredTwice() {
	before := h.community.MustStatus().Epoch
	h.record()
	h.restore(h.City(), filepath.Join(filepath.Dir(h.City().Dir), "city.backup"))
	h.City().Start()
	h.put(h.community)
	h.awaitEpoch(before)
}

// cityPutBack: an old disk image, and nobody says so.
func (h *harmed) cityPutBack() {
	city, copied := h.City(), filepath.Join(h.TempDir(), "copy")
	city.Stop()
	replace(h.T, city.Dir, copied)
	city.Start()
	h.record()
	before := h.community.MustStatus()
	city.Stop()
	replace(h.T, copied, city.Dir)
	h.put(h.community)
	city.Start()
	h.awaitEpoch(before.Epoch)
	if n := city.MustStatus().Incarnation; n <= 1 {
		h.Errorf("the city goes on under incarnation %d", n)
	}
}

func (h *harmed) hubRestored() {
	street := h.Level(4)[0]
	file := h.backup(street, "street.backup")
	h.record()
	had := h.restore(street, file)
	street.Start()
	h.record()
	awaitParent(h.T, h.community, street)
	wantHeld(h.T, street, h.City())
	h.resent(street, had, "hub_restored")
}

// hubWiped: the journal is gone, the identity is there.
func (h *harmed) hubWiped() {
	street := h.Level(4)[0]
	street.Kill()
	for _, name := range []string{replica.JournalFile, replica.JournalFile + ".clean"} {
		if err := os.Remove(street.File(name)); err != nil && !os.IsNotExist(err) {
			h.Fatal(err)
		}
	}
	h.put(h.community)
	street.Start()
	awaitParent(h.T, h.community, street)
	wantHeld(h.T, street, h.City())
	h.resent(street, 0, "hub_wiped")
}

func (h *harmed) nodeRestored() {
	file := h.backup(h.community, "node.backup")
	h.record()
	before := h.community.MustStatus().Incarnation
	had := h.restore(h.community, file)
	h.put(h.community) // before it has heard what others know of it
	h.community.Start()
	awaitListed(h.T, h.community, h.people[:h.written])
	h.community.AwaitRecorded(healLimit)
	if st := h.community.MustStatus(); st.Incarnation <= before || st.Forks > 0 {
		h.Errorf("incarnation %d after %d, %d forks", st.Incarnation, before, st.Forks)
	}
	h.resent(h.community, had, "node_restored")
}

// nodeCloned: the directory is copied to a second computer, and both go on.
func (h *harmed) nodeCloned() {
	h.community.Stop()
	clone := h.Add(h.community.Unit)
	replace(h.T, h.community.Dir, clone.Dir)
	h.put(h.community)
	h.put(clone)
	h.community.Start()
	h.community.AwaitRecorded(healLimit)
	clone.Start()
	for _, tier := range []*proctest.Tier{clone, h.community} {
		awaitListed(h.T, tier, h.people[:h.written])
		tier.AwaitRecorded(healLimit)
	}
}

// TestRestoredCityJudgesAgain: what the city had refused since its backup is
// refused again, its former word comes back from below as well, and the clerk
// sees one refusal.
func TestRestoredCityJudgesAgain(t *testing.T) {
	n := proctest.Found(t, program(t, quick, "TONGBU_HEARTBEAT=300ms"), proctest.Rows([]int{1}, 2))
	first, second := n.Level(5)[0], n.Level(5)[1]
	h := &harmed{T: t, Network: n, community: second}
	mustPutBefore(t, n, first, "p-1")
	first.AwaitRecorded(healLimit)
	file := h.backup(n.City(), "city.backup")
	refused := func() string {
		st, err := second.Status(t.Context())
		if err != nil || len(st.Refusals) != 1 || st.Conflicts > 0 || st.Own.AtCity != st.Own.Head {
			return fmt.Sprintf("%+v, %d conflicts, own %+v, %v", st.Refusals, st.Conflicts, st.Own, err)
		}
		return ""
	}
	mustPutBefore(t, n, second, "p-1") // the first one holds it
	proctest.Await(t, healLimit, "the refusal", refused)
	h.restore(n.City(), file)
	n.City().Start()
	h.awaitEpoch(1)
	proctest.Await(t, healLimit, "the refusal again", refused)
	for _, tier := range n.Tiers {
		tier.MustVerify()
	}
	if got := n.City().MustCount("person"); len(got) != 1 {
		t.Errorf("persons at the city: got %v, want one", got)
	}
}

// mustPutBefore writes a person as programs did whose ids named no unit.
func mustPutBefore(t *testing.T, n *proctest.Network, at *proctest.Tier, id change.RecordID) {
	t.Helper()
	behindTheDesk(t, n, at, func(w *streams.Writer, own change.Stream, unit change.UnitID, r *records.Records) error {
		edit := records.Edit{Kind: "person", ID: id, Fields: map[string]change.Value{"name": change.Text("甲")}, Actor: "clerk", At: 1}
		_, err := r.Put(w.Tx, own, unit, edit)
		return err
	})
}

// mustAdd adds changes of persons that the directory does not take for its own.
func mustAdd(t *testing.T, n *proctest.Network, at *proctest.Tier, ids ...change.RecordID) {
	t.Helper()
	behindTheDesk(t, n, at, func(w *streams.Writer, own change.Stream, unit change.UnitID, _ *records.Records) error {
		for _, id := range ids {
			c := &change.Change{Kind: "person", Record: id, Fields: change.FieldsOf(map[string]change.Value{"name": change.Text("甲")}), Actor: "clerk", At: 1}
			if _, err := records.Add(w.Tx, own, unit, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// behindTheDesk writes into the own stream of a directory that nobody serves
// meanwhile.
func behindTheDesk(t *testing.T, n *proctest.Network, at *proctest.Tier, write func(*streams.Writer, change.Stream, change.UnitID, *records.Records) error) {
	t.Helper()
	at.Stop()
	open, err := tier.Open(t.Context(), at.Dir, config.Config{Keys: n.Program.Keys()}, tier.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := open.Replica
	err = r.Streams.Write(t.Context(), func(w *streams.Writer) error {
		own, err := w.Own(r.Place.Unit)
		if err != nil {
			return err
		}
		return write(w, own, r.Place.Unit, r.Records)
	})
	if err := errors.Join(err, open.Close()); err != nil {
		t.Fatal(err)
	}
	at.Start()
}

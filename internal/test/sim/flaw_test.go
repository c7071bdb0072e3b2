package sim_test

import (
	"slices"
	"testing"

	"tongbu/internal/test/report"
	"tongbu/internal/test/sim"
)

// flawed are defects put into a device on purpose, a script in which each
// matters, and the invariants that must be found broken.
var flawed = []struct {
	name   string
	flaw   sim.Flaw
	who    string // empty: every device
	script string
	want   []string
}{
	{"an acknowledgement before the sync", sim.AckEarly, "street-1", "write community-1 3\nsettle\nheal", []string{"I9"}},
	{"saved before the sync", sim.AckEarly, "community-1", "write community-1 1\nenter community-1\nmillis 1\nstop community-1\nstart community-1\nheal", []string{"I1"}},
	{"a crash that loses what was synced", sim.LoseWrites, "community-1", "write community-1 3\nsettle\nwrite community-1 2\nsettle\nstop community-1\nstart community-1\nheal", []string{"I1"}},
	{"a delivered batch deleted", sim.DropDelivered, "street-1", "write community-1 3\nsettle\nwrite community-1 3\nheal", []string{"I2"}},
	{"a line that is not dialled again", sim.ForgetLine, "community-1", "write community-1 1\nsettle\ncut community-1\nwrite community-1 3\nhours 1\nheal", []string{"I3"}},
	{"a backlog that does not drain", sim.SlowDisk, "district-1", "cut community-1\nwrite community-1 3\nheal", []string{"I17"}},
	{"a retry that makes a new number", sim.TwiceSaved, "community-1", "write community-1 2\nheal", []string{"I4"}},
	{"a device that nobody enrolled", sim.TrustCertificates, "", "rogue community-1\nheal", []string{"I5"}},
	{"signatures that nobody checks", sim.TrustBatches, "", "write community-1 2\nsettle\ncut street-1\nwrite community-1 2\nsettle\ntamper street-1 district-1\nheal", []string{"I6"}},
	{"a hole that is skipped", sim.SkipHoles, "", "write community-1 1\nsettle\ncut street-1\nwrite community-1 3\nsettle\nwrite community-1 3\nsettle\ncarry street-1 district-1 last\nheal", []string{"I7"}},
	{"a fork without a new incarnation", sim.SameIncarnation, "", "write community-1 3\nsettle\ncut community-1\nclone community-1\nwrite community-1 2\nwrite community-1-clone 2\nsettle\nheal", []string{"I8"}},
	{"evidence thrown away", sim.DropEvidence, "", "write community-1 3\nsettle\nbackup community-1\nwrite community-1 3\nsettle\ncut community-1\nolder community-1\nwrite community-1 1\ncarry community-1 street-1\nheal", []string{"I8"}},
	{"the city restored in its old epoch", sim.SameEpoch, "", "write community-1 3\nsettle\nbackup city\nwrite community-1 3\nsettle\nrestore city\nwrite community-1 1\nheal", []string{"I9"}},
	{"records by the order of arrival", sim.ArrivalDecides, "", sideBySide, []string{"I11"}},
	{"records by the clock", sim.ClockDecides, "", sideBySide, []string{"I11"}},
	{"a scope of everything", sim.AnyScope, "street-1", "write community-1 1\nsettle\nreset community-2\nheal", []string{"I14"}},
	{"a refusal that nobody is told", sim.LoseRefusals, "city", "write community-1 1\npoison community-1\nheal", []string{"I21"}},
	{"a bad record that blocks the others", sim.PoisonBlocks, "city", "cut community-1\nwrite community-1 1\npoison community-1\nwrite community-1 3\nheal", []string{"I22"}},
	{"a receipt of somebody else", sim.TrustReceipts, "", "write community-1 2\nsettle\nforge community-1\nheal", []string{"I24"}},
	{"a count that nobody has written", sim.BelieveCounts, "city", "liar bad community-1\nwrite community-1 3\nsettle\ninvent bad\nheal", []string{"I25"}},
	{"records that anybody changes", sim.AnyAuthor, "street-1", "liar bad community-1\nwork on\ndays 2\ncut district-1\ndays 1\nothers\nwork off\nheal", []string{"I25"}},
}

// sideBySide has two devices of one community write without knowing of each
// other, one with a clock that is far ahead.
const sideBySide = `enrol second community-1
clock second +3y
write community-1 3
write second 3
settle
cut community-1
cut second
write community-1 8
write second 8
heal
cut community-1
cut second
write community-1 8
write second 8
heal`

// TestChecksSee plays each script twice: with the defect a check must see it,
// without it none may.
func TestChecksSee(t *testing.T) {
	line := report.Begin(t, "simulation defects")
	found := 0
	for _, f := range flawed {
		line.Runs++
		t.Run(f.name, func(t *testing.T) {
			w, _, err := sim.Play(f.script, sim.Config{})
			if err != nil {
				t.Fatal(err)
			}
			wantSound(t, w)
			if w, _, err = sim.Play(f.script, sim.Config{Flaws: map[sim.Flaw]string{f.flaw: f.who}}); err != nil {
				t.Fatal(err)
			}
			for _, id := range f.want {
				if !slices.ContainsFunc(w.Violations(), func(v sim.Violation) bool { return v.ID == id }) {
					t.Errorf("no check of %s saw it; those that saw something: %v", id, w.Violations())
				}
			}
			if !t.Failed() {
				found++
			}
		})
	}
	line.Figure("found", found)
}

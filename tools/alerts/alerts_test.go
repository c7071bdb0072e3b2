package alerts_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"tongbu/hub/follow"
	"tongbu/hub/monitor"
	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/internal/test/figures"
	"tongbu/internal/test/stack"
	"tongbu/internal/tree"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// causes are what makes alerts fire: each makes some and says which.
var causes = map[string]struct {
	fires []string
	make  func(p town)
}{
	"away for a day":   {[]string{"TongbuChildSilentForDay", "TongbuUnitsSilentForDay", "TongbuParentSilentForDay", "TongbuManyChangesRefused"}, awayForDay},
	"nothing goes up":  {[]string{"TongbuParentBacklogNotShrinking"}, nothingGoesUp},
	"lost below":       {[]string{"TongbuChildBacklogNotShrinking"}, lostBelow},
	"view stands":      {[]string{"TongbuViewBehind"}, viewStands},
	"forged":           {[]string{"TongbuBatchesRefused", "TongbuParentBatchesRefused"}, forged},
	"strangers":        {[]string{"TongbuManyCallsRefused"}, strangers},
	"not renewed":      {[]string{"TongbuCertificateEnds"}, notRenewed},
	"no room":          {[]string{"TongbuDiskRefuses"}, noRoom},
	"disk fills up":    {[]string{"TongbuDiskFillsUp"}, diskFillsUp},
	"clock set wrong":  {[]string{"TongbuClockWrong", "TongbuClocksDiffer"}, clockSetWrong},
	"no backup":        {[]string{"TongbuBackupOld", "TongbuVerifyOld"}, noBackup},
	"backup fails":     {[]string{"TongbuUpkeepFailed"}, backupFails},
	"audit log gone":   {[]string{"TongbuAuditLogNotWhole"}, auditLogGone},
	"journal not open": {[]string{"TongbuJournalDown"}, journalNotOpen},
}

// TestCauses: each alert fires by its cause, and while nothing is wrong none does.
func TestCauses(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(causes)) {
		cause := causes[name]
		t.Run(name, func(t *testing.T) {
			play(t, func(p town) {
				p.watch(90 * time.Minute)
				p.wantNone("before")
				cause.make(p)
				for _, alert := range cause.fires {
					if !p.ever[alert] {
						t.Errorf("%s has not fired", alert)
					}
				}
				for alert := range p.ever {
					if !slices.Contains(cause.fires, alert) {
						t.Errorf("%s has fired as well", alert)
					}
				}
			})
		})
	}
}

// TestAllHaveCauses: there is no alert that is never tried.
func TestAllHaveCauses(t *testing.T) {
	tried := map[string]bool{}
	for _, cause := range causes {
		for _, alert := range cause.fires {
			tried[alert] = true
		}
	}
	for _, r := range mustRules(t) {
		if !tried[r.Alert] {
			t.Errorf("nothing makes %s fire", r.Alert)
		}
		if r.Annotations["summary"] == "" || r.Annotations["description"] == "" || r.Labels["severity"] == "" {
			t.Errorf("%s does not say what it is and what to do", r.Alert)
		}
	}
}

// TestDashboard: each of its questions can be read, and has an answer in a network at
// work.
func TestDashboard(t *testing.T) {
	raw, err := os.ReadFile(documents + "dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(raw, &board); err != nil {
		t.Fatal(err)
	}
	play(t, func(p town) {
		p.watch(time.Hour)
		p.node.MustFill(5)
		p.watch(time.Hour)
		p.city.MustAsk(question.Question{Kind: stack.Kind})
		p.watch(30 * time.Minute)
		asked := 0
		for _, panel := range board.Panels {
			for _, target := range panel.Targets {
				asked++
				expr := replaced(target.Expr)
				if _, err := parser.NewParser(parser.Options{}).ParseExpr(expr); err != nil {
					t.Errorf("%s: %v", panel.Title, err)
				} else if len(p.ask(expr, time.Now())) == 0 {
					t.Errorf("%s: nothing at %s", panel.Title, expr)
				}
			}
		}
		if asked < 20 {
			t.Errorf("%d questions", asked)
		}
	})
}

// town is a watched city of a district, two streets and three communities.
type town struct {
	*watcher
	city, district, street, node *stack.Device
}

func play(t *testing.T, story func(p town)) {
	units := stack.Huangshi(1, 2, 3)
	stack.Play(t, stack.Options{Units: units, Beat: 5 * time.Minute, Prefer: 10 * time.Minute, Down: 10 * time.Minute, Log: slog.New(slog.DiscardHandler)}, func(w *stack.World) {
		p := town{watcher: newWatcher(w), city: w.City}
		p.district = w.Of(tree.District, w.City.Unit.ID)[0]
		p.street = w.Of(tree.Street, p.district.Unit.ID)[0]
		p.node = w.Of(tree.Community, p.street.Unit.ID)[0]
		story(p)
	})
}

// awayForDay: a community's line is down for more than a day; another, meanwhile,
// writes what the city refuses.
func awayForDay(p town) {
	nodes := p.Of(tree.Community, p.city.Unit.ID)
	good, bad := nodes[1], nodes[2]
	p.Net.SetSite(p.node.Site, stack.Cut)
	good.MustPutBefore("held-by-the-first")
	p.watch(23 * time.Hour)
	p.wantNone("within a day")
	for range 120 {
		bad.MustPutBefore("held-by-the-first")
	}
	p.watch(2 * time.Hour)
	p.want("TongbuChildSilentForDay", p.street, "child", p.node.Unit.Code)
	p.want("TongbuParentSilentForDay", p.node)
	p.want("TongbuUnitsSilentForDay", p.city)
	p.Net.SetSite(p.node.Site, stack.Whole)
	p.watch(time.Hour)
	for _, l := range p.fires {
		if l.Get("alertname") != "TongbuManyChangesRefused" {
			p.TB.Errorf("when it is back: %s", l)
		}
	}
}

// nothingGoesUp: a street goes on with its communities, and none of them has a line
// past it.
func nothingGoesUp(p town) {
	for _, below := range []*stack.Device{p.street, p.node} {
		for _, above := range []*stack.Device{p.district, p.city} {
			p.Net.Line(below.Site, above.Site).Set(stack.Cut)
		}
	}
	p.watch(30 * time.Minute)
	p.node.MustFill(7)
	p.watch(6 * time.Hour)
	p.wantNone("within six hours")
	p.watch(90 * time.Minute)
	p.want("TongbuParentBacklogNotShrinking", p.street)
}

// lostBelow: a computer had said at the district that it had written more than its disk
// holds since it was restored to an older image. What is lost cannot come.
func lostBelow(p town) {
	p.node.MustFill(1)
	p.watch(30 * time.Minute)
	own := p.node.Replica.Streams.OwnEntries()[0]
	said := syncer.DeviceReach{Peer: p.node.Replica.Self(), Connected: true, Heard: time.Now().UnixMilli(), Heads: []syncer.Head{{Stream: own.Stream, Seq: own.Head + 5}}}
	if ignored, why := p.district.Replica.Contact.Heard(p.node.Replica.Self(), syncer.Reach{Devices: []syncer.DeviceReach{said}}); ignored > 0 {
		p.TB.Fatal(why)
	}
	p.watch(6*time.Hour + 50*time.Minute)
	p.want("TongbuChildBacklogNotShrinking", p.district, "child", p.street.Unit.Code, "direction", "up")
}

// standing is a hub whose view lacks something and takes nothing.
type standing struct{ monitor.Hub }

func (s standing) Following() (follow.Figures, bool, error) {
	g, has, err := s.Hub.Following()
	g.Last += 5
	return g, has, err
}

// viewStands: the view does not come on.
func viewStands(p town) {
	before := p.config
	p.watcher.config = func(d *stack.Device, c *monitor.Config) {
		if before(d, c); d == p.city {
			c.Hub = standing{c.Hub}
		}
	}
	p.watch(90 * time.Minute)
	p.want("TongbuViewBehind", p.city)
}

// forged: a batch that its sender may not bring, from below and from above.
func forged(p town) {
	far := p.Of(tree.Community, p.city.Unit.ID)[2]
	bring := func(from, to *stack.Device, audience tree.Unit, above bool) {
		in := change.Stream{Device: from.Replica.Keys.Device(), Incarnation: 9, Audience: audience.ID}
		b, err := change.Seal(change.BatchRows, from.Replica.Keys.Key(), in, change.Mark{}, [][]byte{{1}}, 1)
		if err != nil {
			p.TB.Fatal(err)
		}
		results, err := to.Replica.Streams.Append(p.TB.Context(), streams.Sender{Peer: from.Replica.Self(), Parent: above}, [][]byte{b.Bytes()})
		if err != nil || results[0].Outcome != syncer.Refused {
			p.TB.Fatalf("%+v, %v", results, err)
		}
	}
	bring(p.node, p.street, p.city.Unit, false)
	bring(p.street, p.node, far.Unit, true)
	p.watch(10 * time.Minute)
	p.want("TongbuBatchesRefused", p.street, "child", p.node.Unit.Code)
	p.want("TongbuParentBatchesRefused", p.node)
	p.watch(2 * time.Hour)
	p.wantNone("afterwards")
}

// strangers: a device of elsewhere calls and calls.
func strangers(p town) {
	who := identity.Member{Network: p.city.Replica.Place.Network, Unit: p.city.Unit.ID, Device: p.city.Replica.Keys.Device()}
	for range 150 {
		if _, err := p.street.Hub.Query(context.Background(), who, question.Question{Kind: stack.Kind}); err == nil {
			p.TB.Fatal("it is answered")
		}
	}
	p.watch(10 * time.Minute)
	p.want("TongbuManyCallsRefused", p.street)
}

// notRenewed: certificates grow old and nobody renews them.
func notRenewed(p town) {
	p.watcher.ahead = identity.LeafLife - 15*24*time.Hour
	p.config, p.since = nobodyKnows, map[string]time.Time{}
	p.watch(20 * time.Minute)
	p.wantNone("15 days before")
	p.watcher.ahead += 3 * 24 * time.Hour / 2
	p.watch(20 * time.Minute)
	p.want("TongbuCertificateEnds", p.node)
}

// nobodyKnows of backups.
func nobodyKnows(*stack.Device, *monitor.Config) {}

// noRoom: the limit of the journal is reached.
func noRoom(p town) {
	p.street.MustStop()
	p.street.Reserve = 1 << 50
	p.street.MustStart()
	p.watch(10 * time.Minute)
	p.want("TongbuDiskRefuses", p.street)
}

// diskFillsUp: a gigabyte an hour goes.
func diskFillsUp(p town) {
	free := 30e9
	p.watcher.alter = func(d *stack.Device, s figures.Scrape) {
		for i := range s {
			if s[i].Name == "tongbu_disk_free_bytes" && d == p.city {
				free -= 1e9 / 6
				s[i].Value = free
			} else if s[i].Name == "tongbu_disk_free_bytes" {
				s[i].Value = 30e9
			}
		}
	}
	p.watch(7 * time.Hour)
	p.want("TongbuDiskFillsUp", p.city)
}

// clockSetWrong: somebody sets the clock of a street two hours ahead.
func clockSetWrong(p town) {
	p.street.MustStop()
	p.street.SetClock(2 * time.Hour)
	p.street.MustStart()
	p.watch(time.Hour)
	p.want("TongbuClockWrong", p.street)
	p.want("TongbuClocksDiffer", p.district)
}

// noBackup: none was ever made.
func noBackup(p town) {
	p.watcher.config = func(_ *stack.Device, c *monitor.Config) { c.Upkeep = func() monitor.Upkeep { return monitor.Upkeep{} } }
	p.watch(3*time.Hour + 20*time.Minute)
	p.want("TongbuBackupOld", p.city)
	p.want("TongbuVerifyOld", p.street)
}

// backupFails once.
func backupFails(p town) {
	before := p.config
	p.watcher.config = func(d *stack.Device, c *monitor.Config) {
		before(d, c)
		u := c.Upkeep()
		u.Backup.Failed = d == p.street
		c.Upkeep = func() monitor.Upkeep { return u }
	}
	p.watch(10 * time.Minute)
	p.want("TongbuUpkeepFailed", p.street)
}

// auditLogGone: somebody deletes the audit log of the city.
func auditLogGone(p town) {
	p.city.MustAsk(question.Question{Kind: "person"})
	p.city.MustStop()
	p.city.MustWipe("audit.log")
	p.city.MustStart()
	p.watch(10 * time.Minute)
	p.want("TongbuAuditLogNotWhole", p.city)
}

// journalNotOpen: the process still answers, and its journal does not.
func journalNotOpen(p town) {
	c := figures.Config(p.street)
	p.street.MustStop()
	for range 2 {
		p.Pass(between)
		p.book.add(p.street.Unit.Code, time.Now(), figures.Must(p.TB, c))
		p.evaluate(time.Now())
	}
	p.want("TongbuJournalDown", p.street)
	p.street.MustStart()
}

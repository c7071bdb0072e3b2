package main_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/test/proctest"
	"tongbu/internal/vault"
	"tongbu/node/replica"
	"tongbu/syncer/streams/streamstest"
)

// scene is how a process comes to die at a point.
type scene struct {
	point string
	tier  int // index in the network: the city first, the community last
	how   func(*rig, scene, int)
	most  int  // times that the point is reached in one scene; 0: as often as one likes
	error bool // the step fails; else the process dies
	lives bool // the process goes on after that
}

func (sc scene) action() string {
	if sc.error {
		return "error"
	}
	return "crash"
}

const (
	theCity = iota
	theDistrict
	theStreet
	theCommunity
)

func (sc scene) String() string {
	return fmt.Sprintf("%s=%s at %s", sc.point, sc.action(), sc.where())
}

func (sc scene) where() string {
	return []string{"the city", "the district", "the street", "the community"}[sc.tier]
}

// hits says at which times the process is to die: the first, and later ones.
func (sc scene) hits(n int) []int {
	var hits []int
	for at := 1; len(hits) < n && (sc.most == 0 || at <= sc.most); at += 1 + len(hits) {
		hits = append(hits, at)
	}
	return hits
}

// scenes are all of them. Points that several tiers pass have several.
var scenes = []scene{
	{point: "journal.commit.before", tier: theCommunity, how: dieWorking},
	{point: "journal.commit.before", tier: theCity, how: dieWorking},
	{point: "journal.commit.after", tier: theCommunity, how: dieWorking},
	{point: "journal.commit.after", tier: theDistrict, how: dieWorking},
	{point: "journal.group.tell", tier: theCommunity, how: dieWorking},
	{point: "journal.group.tell", tier: theStreet, how: dieWorking},
	{point: "journal.seal.tail", tier: theCommunity, how: dieWorking},
	{point: "journal.append.judged", tier: theStreet, how: dieWorking},
	{point: "journal.batch.stored", tier: theCommunity, how: dieWorking},
	{point: "journal.batch.stored", tier: theCity, how: dieWorking},
	{point: "custody.write.after", tier: theCommunity, how: dieWorking},
	{point: "custody.seal.after", tier: theCommunity, how: dieWorking},
	{point: "custody.append.before", tier: theStreet, how: dieWorking},
	{point: "custody.append.after", tier: theDistrict, how: dieWorking},
	{point: "custody.append.after", tier: theCity, how: dieWorking},
	{point: "custody.append.answer", tier: theStreet, how: dieWorking},
	{point: "custody.receipt.before", tier: theCommunity, how: dieWorking},
	{point: "custody.receipt.after", tier: theStreet, how: dieWorking},
	{point: "custody.acks.written", tier: theCommunity, how: dieWorking},
	{point: "link.batch.load", tier: theCommunity, how: dieWorking},
	{point: "link.receipt.load", tier: theCity, how: dieWorking},
	{point: "link.send.before", tier: theStreet, how: dieWorking},
	{point: "link.send.after", tier: theCommunity, how: dieWorking},
	{point: "link.ack.send", tier: theDistrict, how: dieWorking},
	{point: "link.ack.receive", tier: theCommunity, how: dieWorking},
	{point: "reconcile.read", tier: theCity, how: dieWorking},
	{point: "reconcile.judged", tier: theCity, how: dieWorking},
	{point: "reconcile.signed", tier: theCity, how: dieWorking},
	{point: "reconcile.moved", tier: theCity, how: dieWorking},
	{point: "reconcile.after", tier: theCity, how: dieWorking},
	{point: "follow.read", tier: theCity, how: dieWorking},
	{point: "follow.applied", tier: theCity, how: dieWorking},
	{point: "view.begin", tier: theCity, how: dieWorking},
	{point: "view.commit.before", tier: theCity, how: dieWorking},
	{point: "view.commit.after", tier: theCity, how: dieWorking},
	{point: "journal.commit.before", tier: theCommunity, how: dieWorking, error: true},
	{point: "journal.commit.before", tier: theStreet, how: dieWorking, error: true},
	{point: "journal.commit.before", tier: theCity, how: dieWorking, error: true},
	{point: "view.commit.before", tier: theCity, how: dieWorking, error: true},
	{point: "link.send.before", tier: theStreet, how: dieWorking, error: true, lives: true},
	{point: "link.send.before", tier: theCommunity, how: dieWorking, error: true, lives: true},

	{point: "audit.append.before", tier: theCommunity, how: dieLooking},
	{point: "audit.append.before", tier: theCommunity, how: dieLooking, error: true, lives: true},
	{point: "audit.append.written", tier: theCommunity, how: dieLooking},
	{point: "audit.append.synced", tier: theCommunity, how: dieLooking},

	{point: "view.remake.removed", tier: theCity, how: dieWithout("view.db", "view.db-wal", "view.db-shm"), most: 1},
	{point: "journal.marker.taken", tier: theStreet, how: dieWorking, most: 1},
	{point: "journal.opened", tier: theCommunity, how: dieWorking, most: 1},
	{point: "journal.marker.leave", tier: theCommunity, how: dieStopping, most: 1},
	{point: "journal.marker.written", tier: theCity, how: dieStopping, most: 1},
	{point: "journal.create.formatted", tier: theStreet, how: dieWithout("journal.db", "journal.db.clean"), most: 1},
	{point: "journal.create.renamed", tier: theStreet, how: dieWithout("journal.db", "journal.db.clean"), most: 1},
	{point: "journal.quarantine.before", tier: theStreet, how: dieDamaged, most: 1},
	{point: "journal.quarantine.renamed", tier: theStreet, how: dieDamaged, most: 1},

	{point: "journal.cut.packed", tier: theCommunity, how: dieCutting, most: 1},
	{point: "journal.cut.removed", tier: theCommunity, how: dieCutting, most: 1},
	{point: "journal.truncate.tail", tier: theCommunity, how: dieGivingWay, most: 1},
	{point: "custody.giveway.cut", tier: theCommunity, how: dieGivingWay, most: 1},
	{point: "custody.giveway.renamed", tier: theCommunity, how: dieGivingWay, most: 1},
	{point: "custody.reissue.before", tier: theCommunity, how: dieGivingWay, most: 1},

	{point: "durable.file.temp", tier: theCommunity, how: dieJoining, most: 4},
	{point: "durable.file.synced", tier: theCommunity, how: dieJoining, most: 4},
	{point: "durable.renamed", tier: theCommunity, how: dieJoining, most: 4},
	{point: "durable.lasting", tier: theCommunity, how: dieJoining, most: 4},
	{point: "durable.file.synced", tier: theCommunity, how: dieJoining, most: 4, error: true},
	{point: "identity.join.answered", tier: theCommunity, how: dieJoining, most: 1},
	{point: "identity.join.installed", tier: theStreet, how: dieJoining, most: 1},
	{point: "tier.join.installed", tier: theStreet, how: dieJoining, most: 1},
	{point: "identity.enrol.admitted", tier: theCity, how: dieAdmitting, most: 1},
	{point: "identity.enrol.granted", tier: theCity, how: dieAdmitting, most: 1},
	{point: "identity.token.stored", tier: theCity, how: dieInviting, most: 1},
	{point: "identity.renew.answered", tier: theStreet, how: dieRenewing, most: 1},
	{point: "identity.renew.installed", tier: theCommunity, how: dieRenewing, most: 1},
	{point: "init.move.before", tier: theCity, how: dieFounding, most: 1},
	{point: "init.move.after", tier: theCity, how: dieFounding, most: 1},
}

// dieWorking: the process dies while records pass, or at its very start.
func dieWorking(s *rig, sc scene, at int) { s.dieAfter(sc, at, func(*proctest.Tier) {}) }

// dieAfter stops the process, has something done to its directory, and lets
// it die at the next opportunity.
func (s *rig) dieAfter(sc scene, at int, prepare func(*proctest.Tier)) {
	tier := s.n.Tiers[sc.tier]
	tier.Stop()
	prepare(tier)
	usual := under(tier, s.armed(sc, at))
	from := len(tier.Log())
	_ = tier.TryStart(s.t.Context()) // it may die before it is ready; its log tells
	s.dead(tier, sc, from, s.work(tier))
	usual()
	s.again(tier)
}

// dieLooking: the process dies while somebody looks at persons, whose look-ups are
// written down first.
func dieLooking(s *rig, sc scene, at int) {
	tier := s.n.Tiers[sc.tier]
	tier.Stop()
	usual := under(tier, s.armed(sc, at))
	from := len(tier.Log())
	tier.Start()
	s.must(s.clerk.put(s.t.Context()))
	s.dead(tier, sc, from, func(ctx context.Context) string {
		r, err := tier.Run(ctx, nil, "list", "person")
		return fmt.Sprintf("listed persons: %d %v", r.Code, err)
	})
	usual()
	s.again(tier)
}

// work puts a household at a time as long as the process lives, each when the
// city has recorded the one before: that passes every step.
func (s *rig) work(tier *proctest.Tier) func(context.Context) string {
	return func(ctx context.Context) string {
		some := s.clerk.household()
		if err := s.clerk.at.Write(ctx, "person", proctest.Lines(some)); err == nil {
			s.clerk.people = append(s.clerk.people, some...)
			return s.passed(ctx, tier)
		}
		s.clerk.next-- // not acknowledged: the next put repeats it
		return "a put was cut off"
	}
}

// passed waits until what was put has passed the tier that is to die, or that
// is dead.
func (s *rig) passed(ctx context.Context, tier *proctest.Tier) string {
	err := proctest.Until(ctx, 20*time.Second, func() string {
		st, err := s.clerk.at.Look(ctx)
		if tier.Process().Ended() || err == nil && st.Own.AtCity == st.Own.Head {
			return ""
		}
		return fmt.Sprintf("own %+v", st.Own)
	})
	return fmt.Sprint("a household was put ", err)
}

// dieStopping: the process dies while it ends in order.
func dieStopping(s *rig, sc scene, at int) {
	tier := s.n.Tiers[sc.tier]
	tier.Stop()
	usual := under(tier, s.armed(sc, at))
	from := len(tier.Log())
	tier.Start()
	s.must(s.clerk.put(s.t.Context()))
	tier.Stop()
	s.dead(tier, sc, from, func(context.Context) string { return "told to end" })
	usual()
	s.again(tier)
}

// dieWithout: files of the directory are gone, and the process dies while it
// makes others.
func dieWithout(files ...string) func(*rig, scene, int) {
	return func(s *rig, sc scene, at int) {
		s.dieAfter(sc, at, func(tier *proctest.Tier) {
			for _, name := range files {
				if err := os.Remove(tier.File(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
					s.t.Fatal(err)
				}
			}
		})
	}
}

// dieDamaged: the journal is damaged, and the process dies while it sets that
// aside. The start after that may find it still there, and says so.
func dieDamaged(s *rig, sc scene, at int) {
	s.dieAfter(sc, at, func(tier *proctest.Tier) { damage(s.t, tier) })
}

// dieGivingWay: the community's directory is an older copy that was written
// to, and the process dies while its history gives way to the one above.
func dieGivingWay(s *rig, sc scene, at int) {
	heads := func() uint64 {
		s.must(s.clerk.recorded(s.t.Context()))
		own, err := s.clerk.at.LookOwn(s.t.Context())
		s.must(err)
		return own.Head
	}
	s.dieAfter(sc, at, func(tier *proctest.Tier) {
		copied := filepath.Join(s.t.TempDir(), "copy")
		replace(s.t, tier.Dir, copied)
		tier.Start()
		s.must(s.clerk.put(s.t.Context()))
		s.must(s.clerk.recorded(s.t.Context()))
		tier.Stop()
		replace(s.t, copied, tier.Dir)
		some := s.clerk.household()
		tier.MustPut("person", proctest.Lines(some)) // nobody serves: the command does it
		s.clerk.people = append(s.clerk.people, some...)
	})
	// What was written again counts twice among the device's own changes.
	s.clerk.again = heads() - uint64(len(s.clerk.people))
}

// dieCutting: the community's process dies while it cuts its journal, of which the notes
// say that the city recorded it a hundred days ago; a second try cuts it.
func dieCutting(s *rig, sc scene, at int) {
	tier := s.n.Tiers[sc.tier]
	for range 3 {
		s.must(s.clerk.put(s.t.Context()))
		s.must(s.clerk.recorded(s.t.Context()))
	}
	tier.Stop()
	s.must(s.noteOld(tier))
	usual := under(tier, s.armed(sc, at))
	from := len(tier.Log())
	tier.Start()
	cut := func(ctx context.Context) string {
		r, err := tier.Run(ctx, nil, "cut", "--json")
		return fmt.Sprintf("cut: %d %v", r.Code, err)
	}
	s.dead(tier, sc, from, cut)
	usual()
	s.again(tier)
	if said := cut(s.t.Context()); !strings.HasPrefix(said, "cut: 0") {
		s.t.Errorf("%v: %s", sc, said)
	}
	st, err := tier.Look(s.t.Context())
	s.must(err)
	if st.Kept == nil || st.Kept.Changes == 0 {
		s.t.Errorf("%v: nothing was cut off", sc)
	}
}

// noteOld notes in the journal of a tier that is stopped that the city recorded its own
// stream, as far as it has, a hundred days ago.
func (s *rig) noteOld(tier *proctest.Tier) error {
	v, err := vault.Open(tier.Dir, vault.Options{Keys: s.n.Program.Keys()})
	if err != nil {
		return err
	}
	j, err := journal.Open(tier.File(replica.JournalFile), journal.Options{Key: v.Key(vault.Journal), MaxSize: 1 << 40})
	if err != nil {
		return err
	}
	err = j.Update(s.t.Context(), func(tx *journal.Tx) error { return streamstest.NoteOld(tx, time.Now().AddDate(0, 0, -100)) })
	return errors.Join(err, j.Close())
}

// dieJoining: a joiner dies. The same token serves for the next try, or the
// directory has joined; then it serves.
func dieJoining(s *rig, sc scene, at int) {
	t := s.newcomer(sc)
	args := s.joining(t)
	r, err := s.armed(sc, at).Run(s.t.Context(), nil, append([]string{"join", "--dir", t.Dir}, args...)...)
	if err == nil && r.Code == 0 || !strings.Contains(r.Err, "failpoint "+sc.point) {
		s.t.Fatalf("%v: join: got %v %v, want it to die", sc, r, err)
	}
	s.joined(t, args)
}

// newcomer is another device of the unit of the scene's tier.
func (s *rig) newcomer(sc scene) *proctest.Tier {
	unit := s.n.Tiers[sc.tier].Unit
	if sc.tier == theCity {
		unit = s.n.Tiers[theCommunity].Unit
	}
	t := s.n.Add(unit)
	s.n.Forget(t) // it comes and goes within the scene
	return t
}

func (s *rig) joining(t *proctest.Tier) []string {
	args := []string{"--token", s.n.Token(t.Unit.Code), "--hub", "https://" + s.n.City().Web}
	if t.Listen != "" {
		args = append(args, "--listen", t.Listen, "--web", t.Web)
	}
	return args
}

// joined tries again, starts the newcomer, and sees it go.
func (s *rig) joined(t *proctest.Tier, args []string) {
	r, err := t.Run(s.t.Context(), nil, "join", args...)
	if err != nil || r.Code != 0 && r.Code != fault.Busy.ExitCode() {
		s.t.Fatalf("join again: %v %v", r, err)
	}
	s.again(t)
	proctest.Await(s.t, 20*time.Second, "the newcomer is linked", func() string {
		st, err := t.Look(s.t.Context())
		if err != nil || !st.Parent.Connected {
			return fmt.Sprintf("%+v %v", st.Parent, err)
		}
		return ""
	})
	st := t.MustStatus()
	if _, err := t.Verified(s.t.Context()); err != nil {
		s.t.Errorf("the newcomer: %v", err)
	}
	t.Stop()
	s.n.City().MustRun("", "revoke", string(st.Device), "--reason", "test")
}

// dieAdmitting: the city dies while a device joins.
func dieAdmitting(s *rig, sc scene, at int) {
	t := s.newcomer(sc)
	args := s.joining(t)
	s.dieServing(sc, at, "join", append([]string{"--dir", t.Dir}, args...)...)
	s.joined(t, args)
}

// dieInviting: the city dies while it makes a token. That token is lost;
// another is made.
func dieInviting(s *rig, sc scene, at int) {
	unit := s.n.Tiers[theCommunity].Unit.Code
	s.dieServing(sc, at, "token", "--dir", s.n.City().Dir, "--unit", unit)
	if s.n.Token(unit) == "" {
		s.t.Errorf("%v: no token", sc)
	}
}

// dieServing: the city dies under a command, which must tell that it failed.
func (s *rig) dieServing(sc scene, at int, command string, args ...string) {
	city := s.n.City()
	city.Stop()
	usual := under(city, s.armed(sc, at))
	from := len(city.Log())
	city.Start()
	r, err := s.n.Program.Run(s.t.Context(), nil, append([]string{command}, args...)...)
	if err != nil || r.Code == 0 || r.Out != "" || !complaint.MatchString(r.Err) {
		s.t.Errorf("%v: %s: got %v %v, want a failure with a line", sc, command, r, err)
	}
	s.dead(city, sc, from, func(context.Context) string { return "asked to " + command })
	usual()
	s.again(city)
}

// dieRenewing: a device whose certificate is about to expire dies while it
// takes a new one.
func dieRenewing(s *rig, sc scene, at int) {
	tier := s.n.Tiers[sc.tier]
	s.dieAfter(sc, at, func(tier *proctest.Tier) { s.age(tier) })
	proctest.Await(s.t, 30*time.Second, "the certificate is renewed", func() string {
		keys, err := identity.Open(tier.Dir, identity.Options{Key: s.key(tier)})
		if err != nil {
			return err.Error()
		}
		if end := keys.Certificate().NotAfter; time.Until(end) < time.Hour {
			return fmt.Sprint("good until ", end)
		}
		return ""
	})
}

// key is what a directory's private keys are encrypted with.
func (s *rig) key(tier *proctest.Tier) vault.Key {
	v, err := vault.Open(tier.Dir, vault.Options{Keys: s.n.Program.Keys()})
	s.must(err)
	return v.Key(vault.Identity)
}

// age gives a device a certificate that is good for a minute or two more.
func (s *rig) age(tier *proctest.Tier) {
	signer, err := identity.LoadKey(s.n.City().File("authority/ca.key"), s.key(s.n.City()))
	s.must(err)
	authority, err := identity.OpenAuthority(s.n.City().Dir, identity.Options{Key: s.key(s.n.City())})
	s.must(err)
	keys, err := identity.Open(tier.Dir, identity.Options{Key: s.key(tier)})
	s.must(err)
	template := *keys.Certificate()
	template.NotAfter = time.Now().Add(2 * time.Minute)
	der, err := x509.CreateCertificate(rand.Reader, &template, authority.Bundle()[0], keys.Key().Public().(ed25519.PublicKey), signer)
	s.must(err)
	s.must(os.WriteFile(tier.File("identity/device.crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
}

// dieFounding: the founder of another network dies; a second try founds it,
// or finds it founded.
func dieFounding(s *rig, sc scene, at int) {
	t := s.n.Add(s.n.City().Unit)
	s.n.Forget(t)
	args := []string{"init", "--dir", t.Dir, "--unit", t.Unit.Code, "--units", filepath.Join(filepath.Dir(t.Dir), "units.csv"), "--listen", t.Listen, "--web", t.Web}
	r, err := s.armed(sc, at).Run(s.t.Context(), nil, args...)
	if err == nil || !strings.Contains(r.Err, "failpoint "+sc.point) {
		s.t.Fatalf("%v: init: got %v %v, want it to die", sc, r, err)
	}
	r, err = s.n.Program.Run(s.t.Context(), nil, args...)
	if err != nil || r.Code != 0 && r.Code != fault.Busy.ExitCode() {
		s.t.Fatalf("init again: %v %v", r, err)
	}
	s.again(t)
	if _, err := t.Verified(s.t.Context()); err != nil {
		s.t.Errorf("the new city: %v", err)
	}
	t.Stop()
}

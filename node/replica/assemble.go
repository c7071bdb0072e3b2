package replica

import (
	"context"
	"os"
	"path/filepath"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/vault"
	"tongbu/syncer"
	"tongbu/syncer/contact"
	"tongbu/syncer/streams"
	"tongbu/syncer/uplink"
)

// JournalFile is the journal's name in a directory.
const JournalFile = "journal.db"

// hubMaxSize bounds a hub's journal, in bytes: a city of design size writes
// some 2 GiB a year. A node keeps the journal's own, lower bound.
const hubMaxSize = 64 << 30

func (r *Replica) openJournal() (err error) {
	if err := wantDirectory(r.cfg.Dir); err != nil {
		return err
	}
	r.Space = newSpace(r.cfg.Dir, r.cfg.Reserve, r.Log)
	opts := journal.Options{Key: r.Vault().Key(vault.Journal), Now: r.Now, Probe: r.cfg.Probe, MaxSize: r.cfg.MaxSize, NoRoom: r.Space.release}
	if r.cfg.Hub && opts.MaxSize == 0 {
		opts.MaxSize = hubMaxSize
	}
	if err := r.findJournal(); err != nil {
		return err
	}
	r.Journal, err = journal.Open(r.journalPath(), opts)
	if err == nil && r.Journal.Regressed() {
		r.Log.Error("the journal is older than when it was closed: an older copy was put in its place, or the disk lost what it had said was written")
	}
	return err
}

// wantDirectory checks that the directory is one. Locks and fsync of network
// folders cannot be trusted; Go's stat does not recognise them, so
// docs/operations.md warns of them.
func wantDirectory(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fault.Wrap("open the directory", err)
	}
	if !info.IsDir() {
		return fault.New(fault.Invalid, "%s is not a directory", filepath.Base(dir))
	}
	return nil
}

// assemble makes the parts and brings them up to date with the journal.
func (r *Replica) assemble() (err error) {
	if r.Spool, err = openSpool(r.cfg.Dir); err != nil {
		return err
	}
	r.Space.journal = r.Journal
	r.Members = members.New(r.Place)
	r.Members.Follow(func() []identity.Parent { return r.Keys.Placement().Parents })
	r.Clocks = newClocks(r.Now, r.Log, r.Place.RootUnit)
	r.Clocks.signs = r.IsRoot()
	r.Records = records.New(r.Place.RootUnit, r.keeps)
	err = r.Journal.View(func(tx *journal.Tx) error {
		_, err := r.hear(tx)
		return err
	})
	if err != nil {
		return err
	}
	r.Records.Indexed(r.Schema.Now())
	if err := r.sameIndexes(context.Background()); err != nil {
		return err
	}
	r.Contact = contact.New(contact.Config{Self: r.Self(), Registry: registry{r.Members}, Now: r.Now})
	if err := r.openStreams(); err != nil {
		return err
	}
	if err := r.openLookups(context.Background()); err != nil {
		return err
	}
	r.Uplink = uplink.New(uplink.Config{Own: r.Keys, Parents: r.parents, Allow: r.allowParent, Link: r.upLink, Now: r.Now,
		Prefer: r.cfg.Prefer, Down: r.cfg.Down, Dialer: r.cfg.Dialer, Turned: r.sayLine})
	return r.catchUp(context.Background())
}

func (r *Replica) openStreams() (err error) {
	r.Streams, err = streams.Open(streams.Config{
		Journal: r.Journal, Self: r.Self(), Root: r.Place.RootUnit, Key: r.Keys.Key(), Verifier: r.Keys.Verifier,
		Tree: func() syncer.Tree { return r.Members }, Records: derived{r}, Now: r.Now,
		Marked: r.marksReceipts, Batch: r.sealsIn, SealAtOnce: r.cfg.Hub, Banned: r.Members.Banned, Units: r.Members.Size, Refused: r.countRefused, After: r.reread, Signed: r.Clocks.Signed,
	})
	return err
}

// catchUp reads what the journal holds into the parts. A journal that was lost, or
// saved, makes this device go on under a new incarnation.
func (r *Replica) catchUp(ctx context.Context) error {
	if err := r.Streams.Learn(ctx, r.Keys.Proof()); err != nil {
		return err
	}
	err := r.Journal.View(func(tx *journal.Tx) error { return r.Clocks.load(tx, r.Place.RootUnit, r.IsRoot()) })
	if err != nil {
		return fault.Wrap("read the newest time signed", err)
	}
	for _, step := range []func(context.Context) error{r.keepGranted, r.sameKinds, func(context.Context) error { return r.reread() }, r.recallContacts} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := r.Streams.Mend(ctx); err != nil {
		return err
	}
	return r.goOn(ctx)
}

// countRefused counts a batch that is not stored, and logs it.
func (r *Replica) countRefused(from streams.Sender, in change.Stream, why error) {
	r.Refused.add(from.Unit, fault.Of(why))
	r.logRefused(from, in, why)
}

// logRefused logs who brought what is not to be stored; of a device that has too
// many streams the first, since all the others are brought on every link.
func (r *Replica) logRefused(from streams.Sender, in change.Stream, why error) {
	if fault.Of(why) == fault.Exhausted {
		if _, told := r.exceeding.LoadOrStore(in.Device, true); told {
			return
		}
	}
	r.Log.Warn("a batch is refused", "from", string(from.Device), "unit", string(from.Unit), "stream", in.String(), "kind", fault.Of(why).String(), "reason", why.Error())
}

// keeps reports whether records of a kind are kept here: at a node all, at a hub
// what is no personal data, and what KeptByHubs says. Of the city's refusals a hub keeps those of its own
// changes, the city all.
func (r *Replica) keeps(kind string) bool {
	if !r.cfg.Hub {
		return true
	}
	k, ok := r.Schema.Kind(kind)
	return ok && (!k.Personal || KeptByHubs(kind))
}

// KeptByHubs reports whether hubs keep what they have written of a personal kind themselves:
// complaints, which those handle who take them; the workers whom their notices of layoffs
// name, which those correct who have named them; and requests for corrections, which those
// withdraw who have asked, with their answers.
func KeptByHubs(kind string) bool {
	switch kind {
	case "complaint", "complaint_step", "complaint_state", "layoff_worker", schema.Transfer, schema.CorrectionRequest, schema.CorrectionAnswer:
		return true
	}
	return false
}

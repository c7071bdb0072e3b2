package operate

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/syncer/streams"
	"tongbu/syncer/uplink"
)

// maxListed bounds the refusals and the conflicts in a status, whose numbers are
// beside them.
const maxListed = 100

// Status reads the present state; measure has it time a few fsyncs.
func (o *Operate) Status(ctx context.Context, measure bool) (*Status, error) {
	unit := o.at.Members.Unit()
	n, err := o.at.Streams.Incarnation()
	if err != nil {
		return nil, err
	}
	st := &Status{Network: string(o.at.Place.Network), Unit: unit.Code, Name: unit.Name, Tier: unit.Level.String(), Device: o.at.Keys.Device(),
		Incarnation: n, Parent: o.parentState(), Refusals: []Refusal{}, ClockOffset: o.at.Clocks.Offset().Milliseconds(),
		Clock: o.clockState(), Disk: o.Disk(), Process: o.processState(), Ahead: o.aheadDevices(), SecondHubs: o.SecondHubs(),
		Journal: JournalUse{Bytes: o.at.Journal.Size(), Commits: o.at.Journal.Stats().Commits, Older: o.at.Journal.Regressed()}}
	st.AuditLog, st.Schema, st.Nightly = o.auditState(), o.schemaStatus(), o.Nightly()
	st.Certificate, st.Listening, st.Program = o.certificate(), o.listening.Load(), o.at.Program()
	median, count := o.at.Saves.Median()
	st.Save = Save{Count: count, MedianMS: milliseconds(median)}
	if measure {
		if st.Save.FsyncMS, err = fsyncMS(o.at.Dir()); err != nil {
			return nil, err
		}
	}
	if err := o.at.Journal.View(func(tx *journal.Tx) error { return o.readJournal(tx, st) }); err != nil {
		return nil, err
	}
	if st.Copied, err = o.at.Streams.Copied(); err != nil {
		return nil, err
	}
	if o.beyond.View != nil {
		st.View = o.beyond.View(ctx)
	}
	if o.beyond.Clashes != nil {
		st.Conflicts = max(st.Conflicts, o.beyond.Clashes(ctx))
	}
	if o.beyond.Unconfirmed != nil {
		st.listUnconfirmed(o.beyond.Unconfirmed(ctx))
	}
	if o.at.IsHub() {
		st.Moved, err = o.moved(ctx)
	}
	return st, err
}

func (st *Status) listUnconfirmed(all []Unconfirmed) {
	for _, u := range all {
		st.UnconfirmedTotal += u.Unconfirmed
	}
	st.Unconfirmed = all[:min(len(all), maxListed)]
}

// auditState says what was wrong with the audit log, nil when nothing was.
func (o *Operate) auditState() *AuditLog {
	found := o.at.Lookups.Log().State()
	if found.Torn == 0 && len(found.Problems) == 0 {
		return nil
	}
	told := &AuditLog{CutBytes: found.Torn}
	for _, p := range found.Problems {
		told.Problems = append(told.Problems, p.Error())
	}
	return told
}

// clockState says whose clock is wrong.
func (o *Operate) clockState() Clock {
	j := o.at.Clocks.Compare()
	state := Clock{Verdict: string(j.Verdict), Offset: j.Offset.Milliseconds(), Compared: j.Asked, Agree: j.Agree, Off: []OtherClock{},
		Behind: j.Behind.Milliseconds(), Measured: o.at.Clocks.Measured()}
	for _, other := range j.Others {
		if other.Wrong {
			state.Off = append(state.Off, OtherClock{Unit: o.at.Members.Code(other.Peer.Unit), Device: other.Peer.Device, Parent: other.Parent,
				Offset: other.Offset.Milliseconds()})
		}
	}
	return state
}

// readJournal fills in what the journal holds.
func (o *Operate) readJournal(tx *journal.Tx, st *Status) (err error) {
	day, zone, err := o.at.Today(tx)
	if err != nil {
		return err
	}
	st.Today = Today{Day: day.Date, Zone: zone, Sure: day.Sure}
	if st.Epoch, err = streams.Epoch(tx); err != nil {
		return err
	}
	if st.MembersAt, err = o.membersAt(tx); err != nil {
		return err
	}
	if st.InConflict, st.Conflicts, err = o.conflicts(tx); err != nil {
		return err
	}
	if err := o.countStreams(tx, st); err != nil {
		return err
	}
	if err := o.countWords(tx, st); err != nil {
		return err
	}
	if st.Parent != nil {
		if st.Parent.Program, err = o.programAt(tx, o.at.Uplink.Line().Parent); err != nil {
			return err
		}
	}
	if err := o.listRefusals(tx, st); err != nil {
		return err
	}
	for _, r := range st.Refusals {
		if r.Open {
			st.RefusalsOpen++
		}
	}
	return nil
}

// countStreams counts how far the changes of this device and of those below have come.
func (o *Operate) countStreams(tx *journal.Tx, st *Status) error {
	below := o.below()
	err := tx.Streams(func(info journal.StreamInfo) error {
		if err := o.countKept(tx, info, st); err != nil {
			return err
		}
		if err := o.countOwn(tx, info, st); err != nil {
			return err
		}
		if err := o.countRefused(tx, info, st); err != nil {
			return err
		}
		return o.countBelow(tx, info, below)
	})
	st.Children = o.childStates(below)
	return err
}

// Progress is how far the changes of this device and of those below have come, and how
// many of this unit are refused: what Status says of it, and no more.
func (o *Operate) Progress() (own Own, below []Child, refused uint64, err error) {
	var st Status
	err = o.at.Journal.View(func(tx *journal.Tx) error {
		return o.countStreams(tx, &st)
	})
	return st.Own, st.Children, st.RefusalsTotal, err
}

// listRefusals lists what is refused of this unit, ranges first: each of them stands
// for many.
func (o *Operate) listRefusals(tx *journal.Tx, st *Status) error {
	list := func(r *merge.Record) error {
		ours := r.Value("unit").Text() == string(o.at.Place.Unit) // those of a unit above come here as well
		if ours && !r.Void() {
			said, err := o.refusalOf(tx, r)
			if err != nil {
				return err
			}
			st.Refusals = append(st.Refusals, said)
		}
		if len(st.Refusals) == maxListed {
			return journal.ErrStop
		}
		return nil
	}
	err := o.at.Records.Each(tx, system.RefusalKind, system.RangePrefix, func(r *merge.Record) error {
		if !isRange(r) {
			return journal.ErrStop
		}
		return list(r)
	})
	if err != nil || len(st.Refusals) == maxListed {
		return err
	}
	return o.at.Records.Each(tx, system.RefusalKind, "", func(r *merge.Record) error {
		if isRange(r) {
			return nil
		}
		return list(r)
	})
}

func isRange(r *merge.Record) bool { return strings.HasPrefix(string(r.ID()), system.RangePrefix) }

func (o *Operate) refusalOf(tx *journal.Tx, r *merge.Record) (Refusal, error) {
	said := Refusal{Kind: r.Value("kind").Text(), Record: r.Value("record").Text(), Seq: r.Value("seq").Int(),
		Rule: r.Value("rule").Text(), Message: r.Value("message").Text()}
	if of, ok := system.RangeFrom(r); ok {
		said.Stream, said.From, said.To, said.Count = of.Stream.String(), of.From, of.To, of.Count
	}
	c, err := changeAt(tx, system.RefusalFrom(r))
	said.Reason, said.Open = o.at.ReasonOf(said.Rule, said.Message, c), true
	if err != nil || c == nil {
		return said, err
	}
	word := system.RefusalFrom(r)
	lost, err := o.at.Records.Lost(tx, c.Kind, word.Record.Of(c.Kind, word.Unit))
	said.Open = slices.ContainsFunc(lost, func(p records.Past) bool { return p.Stream == word.Stream && p.Seq == word.Seq })
	return said, err
}

// changeAt is the change that a word names, nil where it is not held here.
func changeAt(tx *journal.Tx, word system.Refusal) (*change.Change, error) {
	info, held, err := tx.Stream(word.Stream)
	if _, names := word.Names(); err != nil || !names || !held || word.Seq == 0 || word.Seq > info.Head {
		return nil, err
	}
	raw, err := tx.Change(word.Stream, word.Seq)
	if err != nil || raw == nil {
		return nil, err
	}
	return change.Decode(raw)
}

// countRefused counts what is refused of this unit.
func (o *Operate) countRefused(tx *journal.Tx, info journal.StreamInfo, st *Status) error {
	if info.Author != o.at.Place.Unit {
		return nil
	}
	refused, err := o.at.Records.Refused(tx, info.Stream, math.MaxUint64)
	st.RefusalsTotal += refused
	return err
}

// conflicts lists the first records that hold values side by side, and counts all.
func (o *Operate) conflicts(tx *journal.Tx) (first []Conflict, n int, err error) {
	err = o.at.Records.EachConflict(tx, func(kind string, id change.RecordID) error {
		if n++; n > maxListed {
			return nil
		}
		r, err := o.at.Records.Get(tx, kind, id)
		if err != nil || r == nil {
			return err
		}
		c := Conflict{Kind: kind, Record: string(id)}
		for _, field := range r.Conflicts() {
			c.Fields = append(c.Fields, field.Field)
		}
		first = append(first, c)
		return nil
	})
	return first, n, err
}

// countWords counts the city's words against this device, and tells what it knows by
// them: that it is judged slowly.
func (o *Operate) countWords(tx *journal.Tx, st *Status) (err error) {
	if st.Own.Words, err = o.at.Records.StandingWords(tx, o.at.Keys.Device()); err != nil {
		return err
	}
	network, err := o.at.Network(tx)
	st.Own.Slow = network.Words >= system.RangeWords && st.Own.Words >= system.SlowWords
	return err
}

func (o *Operate) countOwn(tx *journal.Tx, info journal.StreamInfo, st *Status) error {
	if !o.at.IsOwn(info.Stream) {
		return nil
	}
	r, err := o.at.Streams.Reached(tx, info.Stream)
	if err != nil {
		return err
	}
	if o.at.IsRoot() {
		r.Parent, r.City = r.Head, r.Head
	}
	a, err := o.against(tx, info.Stream, r.City)
	st.Own.add(r.Head, r.Parent, r.City, a)
	if info.Parked {
		st.Forks++
	}
	return err
}

// membersAt is how old the city's newest batch held here is: the units and devices
// that links and batches are judged by are as of then, or newer while the line is
// up.
func (o *Operate) membersAt(tx *journal.Tx) (at time.Time, err error) {
	err = tx.Streams(func(info journal.StreamInfo) error {
		if info.Author != o.at.Place.RootUnit || info.Sealed.Seq == 0 {
			return nil
		}
		last, err := tx.Batches(info.Stream, info.Sealed.Seq-1, 1)
		for _, b := range last {
			if said := time.UnixMilli(b.Sealed).UTC(); said.After(at) {
				at = said
			}
		}
		return err
	})
	return at, err
}

func (o *Operate) parentState() *Parent {
	if o.at.IsRoot() {
		return nil
	}
	state := o.at.Uplink.Line()
	p := &Parent{Address: state.Parent.Address, Unit: o.at.Members.Code(state.Parent.Unit), Connected: state.Connected, LastSync: state.LastSync}
	if state.Err != nil && fault.Of(state.Err) != fault.Canceled {
		p.Error = strings.Join(strings.Fields(state.Err.Error()), " ")
		if hint := fault.Hint(state.Err); hint != "" {
			p.Error += " (" + hint + ")"
		}
	}
	return p
}

// programAt is the version of the program at a hub above, as its newest device says it;
// "": nothing of it has come here.
func (o *Operate) programAt(tx *journal.Tx, at uplink.Parent) (string, error) {
	var hub members.Device
	for _, d := range o.at.Members.Hubs() {
		if d.Unit == at.Unit && d.Enrolled >= hub.Enrolled {
			hub = d
		}
	}
	if hub.ID == "" {
		return "", nil
	}
	r, err := o.at.Records.Get(tx, system.DeviceStateKind, change.RecordID(hub.ID))
	if err != nil || r == nil {
		return "", err
	}
	return system.DeviceStateFrom(r).Program, nil
}

// certificate is this device's right to links.
func (o *Operate) certificate() Certificate {
	return Certificate{Until: o.at.Keys.Certificate().NotAfter.UTC(), Revoked: o.at.Members.Banned(o.at.Keys.Device())}
}

// Listens says where a hub that is served takes calls; zero: it does not any more.
func (o *Operate) Listens(at Listening) {
	if at == (Listening{}) {
		o.listening.Store(nil)
		return
	}
	o.listening.Store(&at)
}

func (o *Operate) aheadDevices() []Ahead {
	var all []Ahead
	for _, a := range o.at.Clocks.Aheads() {
		all = append(all, Ahead{Unit: o.at.Members.Code(a.Unit), Device: a.Device, By: a.By.Hours() / 24})
	}
	return all
}

// Disk is the room that the directory has.
func (o *Operate) Disk() Disk {
	var d Disk
	d.FreeBytes, d.ReserveBytes = o.at.Space.Left()
	if err := o.at.Space.Short(); err != nil {
		d.Refuses = err.Error()
	}
	return d
}

package lies_test

import (
	"log/slog"

	"tongbu/hub/follow"
	"tongbu/hub/reconcile"
	"tongbu/hub/view"
	"tongbu/hub/view/viewtest"
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// network is one life of the tiers: their own stores, views and judge, on copies of
// the directories.
type network struct {
	*setting
	at     []*replica.Replica
	views  []view.View // nil at nodes
	judge  *reconcile.Reconciler
	said   map[place]*saying
	queues map[*author][]*saying // said, and not handed over
	signed map[signed]uint64     // receipts carried
	moved  map[int]bool          // tiers that have something new
	remove func()
}

// signed is a receipt's stream at a tier.
type signed struct {
	at *replica.Replica
	in change.Stream
}

// wordsAtOnce is few, so that stories of a few lies have words that name ranges.
const wordsAtOnce = 2

func (s *setting) live(ranged bool) *network {
	s.Helper()
	n := &network{setting: s, said: map[place]*saying{}, queues: map[*author][]*saying{}, signed: map[signed]uint64{}, moved: map[int]bool{}}
	dirs, remove := s.copies()
	n.remove = remove
	for i, dir := range dirs {
		r := s.town.MustOpen(s, dir)
		n.at, n.views = append(n.at, r), append(n.views, nil)
		if i >= atStreet {
			n.views[i] = n.mustView(r)
		}
	}
	cfg := kit.Judging(n.at[atCity])
	cfg.WordsAtOnce, cfg.Log = wordsAtOnce, slog.New(slog.DiscardHandler)
	n.judge = reconcile.New(cfg)
	for _, a := range s.authors {
		a.Forget()
	}
	if ranged {
		kit.MustPublish(s, n.at[atCity], system.Readable)
	}
	return n
}

func (n *network) end() {
	n.Helper()
	for _, v := range n.views {
		if v != nil {
			n.must(v.Close())
		}
	}
	closeAll(n, n.at...)
	n.remove()
}

func (n *network) must(err error) {
	n.Helper()
	if err != nil {
		n.Fatal(err)
	}
}

func (n *network) mustView(r *replica.Replica) view.View {
	n.Helper()
	at := custody.Places{Journal: r.Journal}
	v, err := view.Open(n.Context(), viewtest.NewMemory(n.town.Schema), n.town.Schema, view.Options{Tree: r.Members.Tree(), City: kit.City.ID, Own: r.Keys.Device(),
		Custody: at, Fetch: at.Fetch,
		Each: func(in change.Stream, from, to uint64, fn func(uint64, *change.Change) error) error {
			return r.Journal.View(func(tx *journal.Tx) error { return records.EachChange(tx, in, from, to, fn) })
		}})
	n.must(err)
	return v
}

// say has an author say something, to be handed over later.
func (n *network) say(s *saying) { n.queues[s.by] = append(n.queues[s.by], s) }

// hand has an author seal what it has said, a batch a stream, and hand it over. A
// hub may refuse the batch of a device that was revoked.
func (n *network) hand(a *author) {
	n.Helper()
	for todo := n.queues[a]; len(todo) > 0; {
		in, m := todo[0].in, 0
		var raws [][]byte
		for m < len(todo) && todo[m].in == in && todo[m].alone == (m == 0 && todo[m].alone) {
			raws = append(raws, todo[m].raw)
			if m++; todo[m-1].alone {
				break
			}
		}
		if r := n.SayIn(a, in, raws); r.Outcome == syncer.Kept {
			for i, s := range todo[:m] {
				n.said[place{in, r.Mark.Seq - uint64(m-1-i)}] = s
			}
		}
		todo = todo[m:]
	}
	n.queues[a] = nil
}

// SayIn hands over one batch.
func (n *network) SayIn(a *author, in change.Stream, raws [][]byte) syncer.Result {
	n.Helper()
	r := a.Forger.SayIn(n, n.at[a.told], in, raws...)
	n.moved[a.told] = true
	n.follow(a.told)
	return r
}

// order has the city write a change of a record in its stream to a unit.
func (n *network) order(s *saying) {
	n.Helper()
	city := n.at[atCity]
	n.must(city.Streams.Write(n.Context(), func(w *streams.Writer) error {
		own, err := w.Own(s.in.Audience)
		if err == nil {
			var seq uint64
			seq, err = records.Add(w.Tx, own, kit.City.ID, s.change)
			n.said[place{own, seq}] = s
		}
		return err
	}))
	n.moved[atCity] = true
	n.follow(atCity)
}

// revoke has the city revoke a device.
func (n *network) revoke(a *author) {
	n.Helper()
	city := n.at[atCity]
	n.must(city.Streams.Write(n.Context(), func(w *streams.Writer) error {
		own, err := w.Own(a.Unit.ID)
		if err != nil {
			return err
		}
		edit := records.Edit{Kind: system.DeviceKind, ID: change.RecordID(a.Peer().Device), Fields: system.Revocation("made up"), Actor: "city", At: 1}
		if _, err = city.Records.Put(w.Tx, own, kit.City.ID, edit); err != nil {
			return err
		}
		return members.Touch(w.Tx, system.DeviceKind)
	}))
	n.moved[atCity] = true
	n.follow(atCity)
}

// carry takes to one tier what the other has and it lacks, as far as it takes it.
func (n *network) carry(from, to int) {
	n.Helper()
	a, b := n.at[from], n.at[to]
	direction, child := access.Up, a.Place.Unit
	if from > to {
		direction, child = access.Down, b.Place.Unit
	}
	entries, _ := a.Streams.Entries()
	for _, e := range entries {
		if access.Bring(n.town.Tree, direction, child, e.Author, e.Stream.Audience) {
			n.moved[to] = n.carryStream(a, b, e, from > to) || n.moved[to]
		}
	}
	n.follow(to)
}

// carryStream reports whether there was something to carry.
func (n *network) carryStream(a, b *replica.Replica, e syncer.Entry, down bool) (moved bool) {
	n.Helper()
	have, _ := b.Streams.Entry(e.Stream)
	if have.Sealed.Seq < e.Sealed.Seq {
		moved = true
		batches, certificate, err := a.Streams.Load(e.Stream, have.Sealed, 1<<20)
		n.must(err)
		n.must(b.Streams.Learn(n.Context(), certificate))
		var sealed [][]byte
		for _, x := range batches {
			sealed = append(sealed, x.Bytes())
		}
		sender := streams.Sender{Peer: syncer.Peer{Unit: a.Place.Unit, Device: a.Keys.Device()}, Parent: down}
		_, err = b.Streams.Append(n.Context(), sender, sealed)
		n.must(err)
	}
	if e.Receipt.Seq == 0 || n.signed[signed{b, e.Stream}] == e.Receipt.Seq {
		return moved
	}
	r, certificate, err := a.Streams.LoadReceipt(e.Stream)
	n.must(err)
	n.must(b.Streams.Learn(n.Context(), certificate))
	n.must(b.Streams.StoreReceipt(n.Context(), r.Bytes()))
	n.signed[signed{b, e.Stream}] = e.Receipt.Seq
	return true
}

// follow brings the view of a tier to the end of its journal; at the city what
// arrived is judged first.
func (n *network) follow(at int) {
	n.Helper()
	v := n.views[at]
	for v != nil {
		applied, err := v.Applied(n.Context())
		n.must(err)
		todo := n.arrivals(n.at[at], applied)
		if len(todo) == 0 {
			return
		}
		if at == atCity {
			n.must(n.judge.Judge(n.Context(), todo))
		}
		var changes []view.Change
		for _, o := range todo {
			changes = append(changes, o.Changes...)
		}
		n.must(v.Apply(n.Context(), changes, todo[len(todo)-1].No))
	}
}

func (n *network) arrivals(r *replica.Replica, after uint64) []*follow.Opened {
	n.Helper()
	todo, err := kit.Opened(r, func(*journal.Tx) (uint64, error) { return after, nil }, 64)
	n.must(err)
	return todo
}

package sim

import (
	"bytes"

	"tongbu/internal/change"
	"tongbu/internal/records"
	"tongbu/internal/system"
)

// checkLies compares the records of each machine, of all it has, with what the honest
// changes alone make of them: whoever lies alters nothing of what they do not hold,
// and of their own unit's nothing that the city has judged. Records that liars have
// made for themselves are theirs.
func (w *World) checkLies() { w.compareHonest(true) }

// CheckOthers is checkLies while the network is at work: of units of which no device
// lies.
func (w *World) CheckOthers() { w.compareHonest(false) }

func (w *World) compareHonest(judged bool) {
	if len(w.liars.nodes) == 0 {
		return
	}
	lying := map[change.UnitID]bool{}
	for n := range w.liars.nodes {
		lying[n.dir.Unit] = true
	}
	for _, n := range w.nodes {
		if w.isLiar(n) {
			continue
		}
		var honest []arrived
		for _, a := range n.dir.log {
			if !w.liars.of[a.Stream.Device] {
				honest = append(honest, a)
			}
		}
		all, alone := n.dir.booksOf(n.dir.log), n.dir.booksOf(honest)
		for k := range all.accounts {
			alone.accountOf(k)
		}
		for k, want := range alone.accounts {
			maker, _ := makerIn(k.ID)
			if k.Kind == system.RefusalKind || w.liars.own[k] || !judged && lying[maker] {
				continue
			}
			if got := all.accountOf(k); !bytes.Equal(got.state.Encode(), want.state.Encode()) {
				w.violated("I25", "%s has another %s %s than the honest changes make", n.Name, k.Kind, k.ID)
			}
		}
	}
}

// checkLie: a liar's change of a record that another unit holds is refused.
func (w *World) checkLie(c *change.Change, by change.UnitID, refused bool) {
	maker, named := makerIn(c.Record)
	if !refused && named && maker != by {
		w.violated("I25", "a change of record %s by a liar of %s stands", c.Record, w.town.Name(by))
	}
}

// infected reports whether a change may be refused for what a colleague has made up.
func (w *World) infected(d *deed) bool { return w.liars.about[records.Key{Kind: d.kind, ID: d.record}] }

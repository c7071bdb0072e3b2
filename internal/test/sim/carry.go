package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// bundle is what somebody carries by hand: batches as they were sealed, with
// the certificates they need.
type bundle struct {
	from    *Node
	authors [][]byte
	batches [][]byte
}

// packFor takes what a machine has for another that stands above or below it.
// What it has written since is sealed first.
func (w *World) packFor(from, to *Node) *bundle {
	child := from.dir.Unit
	if w.town.isUnder(from.dir.Unit, to.dir.Unit) {
		child = to.dir.Unit
	}
	b := &bundle{from: from}
	for _, of := range from.dir.streamNames() {
		h := from.dir.streams[of]
		if !w.town.MayCross(child, h.author, of.Audience) {
			continue
		}
		from.dir.sealTail(of, from.now())
		b.authors = append(b.authors, from.dir.authors[of.Device])
		for _, x := range h.batches {
			b.batches = append(b.batches, x.Bytes())
		}
	}
	return b
}

// handOver gives a bundle to a machine. A batch that is cut in half has no form
// and is refused alone; the others are judged as on a line.
func (w *World) handOver(b *bundle, to *Node) map[string]int {
	for _, certificate := range b.authors {
		to.dir.learnAuthor(certificate)
	}
	outcomes := map[string]int{}
	down := w.town.isUnder(b.from.dir.Unit, to.dir.Unit)
	for _, raw := range b.batches {
		results, err := to.dir.appendBatches(b.from.dir.Peer, down, [][]byte{raw})
		if err != nil {
			outcomes[fault.Of(err).String()]++
			continue
		}
		outcomes[outcomeName[results[0].Outcome]]++
	}
	return outcomes
}

var outcomeName = map[syncer.Outcome]string{syncer.Kept: "kept", syncer.Behind: "behind", syncer.Differs: "differs", syncer.Refused: "refused"}

func runCarry(p *player, args []string) error {
	from, err := p.node(args[0])
	if err != nil {
		return err
	}
	to, err := p.node(args[1])
	if err != nil {
		return err
	}
	b := p.w.packFor(from, to)
	if slices.Contains(args, "last") {
		b.batches = b.batches[len(b.batches)-1:]
	}
	if slices.Contains(args, "twice") {
		b.batches = append(b.batches, b.batches...)
	}
	if slices.Contains(args, "shuffled") {
		shuffle(p.w.plan, b.batches)
	}
	if slices.Contains(args, "half") {
		for i, raw := range b.batches[len(b.batches)/2:] {
			b.batches[len(b.batches)/2+i] = slices.Clone(raw[:len(raw)/2])
		}
	}
	p.print("carried: %s", countsText(p.w.handOver(b, to)))
	p.w.Run(0)
	return nil
}

func shuffle(r *rand.Rand, batches [][]byte) {
	r.Shuffle(len(batches), func(i, j int) { batches[i], batches[j] = batches[j], batches[i] })
}

func countsText(counts map[string]int) string {
	var parts []string
	for what, n := range counts {
		parts = append(parts, fmt.Sprintf("%s %d", what, n))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// speakUnenrolled is a device that was never enrolled: it signs a batch in a
// name of its own and hands it to a hub.
func (w *World) speakUnenrolled(n *Node) {
	d := NewInstallation(1_000_001, n.dir.Unit)
	c := change.Change{Kind: formKind, Record: "x", Fields: change.FieldsOf(map[string]change.Value{"name": change.Text("nobody")})}
	raw, err := c.Encode()
	if err == nil {
		var b *change.Batch
		if b, err = change.Seal(change.BatchRows, d.Key, d.Stream(d.Unit), change.Mark{}, [][]byte{raw}, 0); err == nil {
			p := &bundle{from: n, authors: [][]byte{d.Certificate()}, batches: [][]byte{b.Bytes()}}
			hub := w.firstLine(n).parent
			w.trace("a device that was never enrolled speaks to %s: %s", hub.Name, countsText(w.handOver(p, hub)))
		}
	}
	if err != nil {
		w.failWorld("a rogue device: %v", err)
	}
}

// tamperSignatures is a hub that changes a byte of each signature it passes on.
func (w *World) tamperSignatures(from, to *Node) {
	b := w.packFor(from, to)
	for i, raw := range b.batches {
		bent := slices.Clone(raw)
		if x, err := change.ParseBatch(raw); err == nil {
			at := signatureAt(x)
			bent[at] ^= 1
		}
		b.batches[i] = bent
	}
	w.trace("%s hands %s batches with another byte: %s", from.Name, to.Name, countsText(w.handOver(b, to)))
}

// signatureAt is a place in the signature of a sealed batch: it stands between
// the header and the payload, each with its length before it.
func signatureAt(x *change.Batch) int {
	raw := x.Bytes()
	for i := range raw {
		bent := slices.Clone(raw)
		bent[i] ^= 1
		if y, err := change.ParseBatch(bent); err == nil && y.Hash() == x.Hash() {
			return i
		}
	}
	return 0
}

package hostile_test

import (
	"maps"
	"slices"
)

// seeds are inputs from which a fuzzer finds its way: in each part an honest
// opening and then one kind of attack in all its forms, and each deed with a few
// choices.
func seeds() [][]byte {
	var all [][]byte
	for part := range byte(3) {
		known := attacks()
		for _, name := range slices.Sorted(maps.Keys(known)) {
			all = append(all, play64(part, known[name])...)
		}
		for kind := range byte(numDeeds) {
			burst := []byte{part, deedOpen, 0}
			for _, choices := range [][]byte{{0, 0, 0, 0}, {1, 0, 1, 0, 1, 0, 1, 0}, {12, 0, 4, 0, 1}, {7, 200, 12, 0, 0, 5, 1}, {3, 3, 3, 3, 3, 3, 3, 3}} {
				burst = append(append(burst, kind|held), choices...)
			}
			all = append(all, append(burst, deedChain, 12, 0, deedAckAll, 1, deedBeat, deedAgain, deedOpen, 0))
		}
	}
	return all
}

// play64 has the deeds done after an opening each, in inputs that are played to
// their end.
func play64(part byte, deeds [][]byte) [][]byte {
	var all [][]byte
	for some := range slices.Chunk(deeds, maxDeeds/3) {
		raw := []byte{part}
		for _, deed := range some {
			raw = append(append(raw, deedAgain, deedOpen, 0), deed...)
		}
		all = append(all, raw)
	}
	return all
}

// The numbers by which input.message knows the kinds.
const (
	sayHello = iota
	sayMarks
	sayAck
	sayBehind
	sayAuthor
	sayBatch
	sayReceipt
	sayFork
	sayTrace
	sayTraced
	sayOther
)

const (
	chains     = 16
	audiences  = 7
	attackKeys = 6
	devices    = 8
	hubAt      = 1 // places of two in cast.all
	clerkAt    = 3
)

// attacks are frames that a hub must refuse, or answer with care.
func attacks() map[string][][]byte {
	m := map[string][][]byte{}
	add := func(name string, raw ...byte) { m[name] = append(m[name], raw) }
	for c := range byte(chains) {
		add("chain from its start", deedChain, c, 0)
		add("chain from its middle", deedChain|held, c, 1)
		add("an end", sayBatch, 0, c, 5)
		for how := range byte(4) {
			add("a spoiled batch", sayBatch, 3, c, 0, 0, 20+40*how, how, 7)
			add("a spoiled receipt", sayReceipt, 3, c, 0, 30+40*how, how, 7)
		}
		add("a fork", sayFork, c, 0, 1, 0, 0)
		add("a search", sayTrace, c, 0, 0)
		add("a search far up", sayTrace, c, 0, 255)
		add("an end of a search", sayTraced, c, 0, 1, 1, 0, 0)
		add("once more", sayBehind, 1, c, 0, 0, 0, 0)
		add("once more of another history", sayBehind, 1, c, 0, 1, 3, 9, 0)
		add("acknowledged beyond", sayAck, 1, c, 0, 1, 4, 19, 0)
		add("a refusal", sayOther, 1, c, 0, 200, 9)
		for _, d := range []byte{hubAt, clerkAt} {
			add("a contact that writes another's stream", sayOther, 0, 0, 0, 1, d, 1, 21, 0, 0, 1, c, 0, 2, 0, 0)
		}
	}
	for n := range byte(80) {
		add("a receipt", sayReceipt, 0, n)
	}
	for d := range byte(devices) {
		add("another's name", sayBatch, 2, 0, 1, 1, 0, 0, 4, d, 0, 0, 3, d)
		add("a certificate", sayAuthor, d, 0)
		add("a spoiled certificate", sayAuthor, d, 3, 1, 0, 0, 1)
		add("a contact", sayOther, 0, 0, 0, 1, d, 1, 21, 0, 0, 1, 12, 0, 19, 0, 0)
		add("a contact of one's own streams", sayOther, 0, 0, 0, 1, d, 1, 21, 0, 3, 3, 2, 12, 6, d, 11, 12, 7, d, 250, 6, 4, 0, 0)
	}
	for key := range byte(attackKeys) {
		for a := range byte(audiences) {
			add("to an audience", sayBatch, 2, key, 1, 0, a, 0, 0, 4, a, 0, 0)
		}
		for n := range byte(len(corners)) {
			if key > 1 { // those of the hostile device, and of its copy of the hub's directory
				break
			}
			add("an incarnation", sayBatch, 2, key, 0, n, 1, 0, 0, 4, n, 0, 0)
			add("a place", sayBatch, 2, key, 1, 1, 0, 5, n, 1, 4, 0, 0, 0)
			add("a time", sayBatch, 2, key, 0, 4, 1, 0, 0, 4, 0, n, n)
			add("a receipt of one's own", sayReceipt, 2, key, n, 0, 1, 0, n, n, 0, 0)
		}
		for what := range byte(4) {
			add("contents", sayBatch, 2, key, 0, 3, 1, 0, 0, what, 255, 0, 0)
		}
	}
	add("very many marks", sayMarks|held, 7, 12, 5, 3, 0, 0, 255, 9, 1, 0)
	add("very many marks", sayAck|held, 7, 12, 5, 3, 0, 0, 255, 9, 1)
	add("very many marks", sayBehind, 7, 12, 0, 0, 0, 255, 9, 0)
	add("very many marks", sayOther, 0, 0, 0, 0, 7, 1, 0, 0, 0, 0, 0, 0, 255)
	return m
}

package hostile_test

// seeds are inputs from which a fuzzer finds its way: an honest opening in each
// part, then one frame or deed of each kind, alone and in a burst.
func seeds() [][]byte {
	var all [][]byte
	for part := range byte(3) {
		open := []byte{part, deedOpen, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
		for kind := range byte(numDeeds) {
			burst := append([]byte{}, open...)
			for _, choices := range [][]byte{{0, 0, 0, 0}, {1, 0, 1, 0, 1, 0, 1, 0}, {12, 0, 4, 0, 1}, {7, 200, 12, 0, 0, 5, 1}, {3, 3, 3, 3, 3, 3, 3, 3}} {
				burst = append(append(burst, kind|held), choices...)
			}
			all = append(all, []byte{part, kind, 1, 0, 1}, append(burst, deedChain, 12, 0, deedAckAll, 1, deedBeat, deedAgain, deedOpen, 0, 0, 0))
		}
		chains := append([]byte{}, open...)
		for c := range byte(16) { // each chain, from its middle and from its start
			chains = append(chains, deedChain|held, c, 1, deedChain, c, 0, deedAckAll, 0)
		}
		all = append(all, append(chains, deedWord, deedAckAll, 1))
	}
	return all
}

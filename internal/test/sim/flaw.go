package sim

// Flaw is a defect put into a device on purpose, to see that the checks see
// it. A world without flaws has none of them.
type Flaw uint16

// The flaws, each with what should find it.
const (
	AckEarly          Flaw = iota + 1 // acknowledges and says "saved" before the sync: I1, I9
	SkipHoles                         // takes a batch although one before it is missing: I7
	TrustReceipts                     // keeps receipts that the city did not sign: I24
	TrustBatches                      // keeps batches with a wrong signature: I6
	TrustCertificates                 // knows devices that were never enrolled: I5
	SameIncarnation                   // after a fork goes on under the old incarnation: I8
	DropEvidence                      // forgets the history that gave way: I8
	AnyScope                          // sends and takes what is not in scope: I14
	DropDelivered                     // deletes what the next hub has: I2
	SameEpoch                         // restores the city without a new epoch: I9
	PoisonBlocks                      // stops a batch at its first refused change: I22
	LoseRefusals                      // refuses and tells nobody: I21
	ArrivalDecides                    // the state depends on the order of arrival: I11
	ClockDecides                      // the newest by the clock wins: I11
	ForgetLine                        // does not dial again: I3
	SlowDisk                          // takes ten minutes to sync: I17
	TwiceSaved                        // a retry writes under a new number: I4
	LoseWrites                        // a crash forgets what was synced: I1
	BelieveCounts                     // builds on changes that nobody has written: I25
	AnyAuthor                         // anybody's change has an effect on a record: I25
)

// flaw reports whether a device has a defect.
func (w *World) flaw(f Flaw, s *Directory) bool {
	if len(w.flaws) == 0 {
		return false
	}
	who, ok := w.flaws[f]
	return ok && (who == "" || s == nil || who == w.nameOf(s))
}

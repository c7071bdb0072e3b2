package failpoint

// Points lists all points, in the order in which a change passes them from the
// keyboard to the city's receipt, then those of files.
func Points() []Point { return points }

var points = []Point{
	{"journal.commit.before", "a group's functions have run; nothing is committed"},
	{"journal.commit.after", "the transaction is on the disk; no caller has been told"},
	{"journal.group.tell", "the outcome is known; no caller has been told"},
	{"journal.seal.tail", "in a transaction: the tail is gone, its batch is not stored"},
	{"journal.append.judged", "in a transaction: a batch is found to follow, and is not stored"},
	{"journal.batch.stored", "in a transaction: a batch is stored, the row of its stream is not"},
	{"journal.cut.packed", "in a transaction: what batches hold is kept, they are still there"},
	{"journal.cut.removed", "in a transaction: the batches are gone, the row of their stream says that they are there"},
	{"journal.truncate.tail", "in a transaction: the tail of a history that gives way is set aside, its batches are not"},

	{"custody.write.after", "an own change is on the disk; links and screens have not been told"},
	{"custody.seal.after", "an own batch is sealed on the disk; the link has not been told"},
	{"custody.append.before", "batches from a peer are checked; nothing is stored"},
	{"custody.append.after", "they are on the disk; memory does not know"},
	{"custody.append.answer", "they are announced; the answer is not made"},
	{"custody.receipt.before", "a receipt is checked, not stored"},
	{"custody.receipt.after", "it is on the disk; memory does not know"},
	{"custody.acks.written", "the parent's acknowledgements are on the disk; memory does not know"},
	{"custody.giveway.cut", "in a transaction: our history is cut, the parent's is not there"},
	{"custody.giveway.renamed", "in a transaction: the new incarnation is stored, the records are of the old history"},
	{"custody.reissue.before", "in a transaction: what was lost is about to be written again"},

	{"link.batch.load", "batches are read for the peer, not sent"},
	{"link.receipt.load", "a receipt is read for the peer, not sent"},
	{"link.send.before", "a message is about to leave"},
	{"link.send.after", "it has left"},
	{"link.ack.send", "batches of the peer are stored; it has no acknowledgement"},
	{"link.ack.receive", "the peer's acknowledgement has come, and is not stored"},

	{"reconcile.read", "the city has read what arrived; nothing is judged"},
	{"reconcile.judged", "in a transaction: all is judged, nothing signed"},
	{"reconcile.signed", "in a transaction: receipts are stored, the cursor has not moved"},
	{"reconcile.moved", "in a transaction: the cursor has moved"},
	{"reconcile.after", "verdicts, receipts and cursor are on the disk; memory does not know"},

	{"follow.read", "the view's follower has read what arrived"},
	{"follow.applied", "the view has it; the follower does not know"},
	{"view.begin", "the view's transaction has begun"},
	{"view.commit.before", "rows and watermark are written, not committed"},
	{"view.commit.after", "they are committed"},
	{"view.remake.removed", "an unfit view is gone, and there is no new one"},

	{"audit.append.before", "entries of the audit log are about to be written"},
	{"audit.append.written", "they are written, and may not last"},
	{"audit.append.synced", "they are on the disk; nobody has been answered"},

	{"journal.marker.taken", "the note of a clean close is gone, which may not last"},
	{"journal.opened", "the journal is open; nothing is read"},
	{"journal.marker.leave", "the journal is closed in order, and no note says so"},
	{"journal.marker.written", "the note is written, and may not last"},
	{"journal.create.formatted", "an empty journal is complete under its temporary name"},
	{"journal.create.renamed", "it has its own name, which may not last"},
	{"journal.quarantine.before", "a journal is found damaged, and not moved yet"},
	{"journal.quarantine.renamed", "it is set aside, which may not last"},

	{"durable.file.temp", "an empty file is made beside the one to replace"},
	{"durable.file.synced", "it is written and synced under its temporary name"},
	{"durable.renamed", "it has its own name, which may not last"},
	{"durable.lasting", "the directory is synced"},
	{"identity.token.stored", "the city has a token's ticket; the token is not returned"},
	{"identity.enrol.admitted", "the city has admitted a device; it has no grant"},
	{"identity.enrol.granted", "the grant is signed, not sent"},
	{"identity.join.answered", "a joiner has its grant, and has stored nothing"},
	{"identity.join.installed", "it has stored it"},
	{"identity.renew.answered", "a device has its new certificate, and has stored nothing"},
	{"identity.renew.installed", "it has stored it"},
	{"tier.join.installed", "a directory has joined; the command has not ended"},
	{"init.move.before", "a network is founded under a temporary name"},
	{"init.move.after", "it has its own name"},
}

package monitor

import "github.com/prometheus/client_golang/prometheus"

// desc declares a figure. Directions and states are words of the program; see the
// package comment for what else may be a label.
func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("tongbu_"+name, help, labels, nil)
}

// The figures of the collector.
var (
	buildInfo = desc("build_info", "The version of the program; always 1.", "version")
	unitInfo  = desc("unit_info", "The unit of this directory, by division code, and its tier; always 1.", "unit", "tier")

	parentUp       = desc("parent_up", "Whether there is a link to a hub above.")
	parentSilence  = desc("parent_silence_seconds", "Time since a hub above last sent something; 0 while there is a link.")
	parentReceived = desc("parent_received_batches_total", "Sealed batches received from hubs above.")
	parentSent     = desc("parent_sent_batches_total", "Sealed batches sent to hubs above.")
	parentBytesIn  = desc("parent_received_bytes_total", "Bytes of the sealed batches received from hubs above.")
	parentBytesOut = desc("parent_sent_bytes_total", "Bytes of the sealed batches sent to hubs above.")
	parentRefused  = desc("parent_batches_refused_total", "Batches from hubs above that were not stored, by the kind of fault.", "reason")
	parentLacks    = desc("parent_queue_changes", "Changes from here and below that the hub above is not known to have.")
	parentAge      = desc("parent_queue_age_seconds", "How long the oldest sealed batch that the hub above lacks has been here; 0: it lacks none.")

	ownChanges = desc("own_changes", "Changes of this device, by what has become of them: recorded, refused or held by the city, or waiting for it.", "state")
	unitRefuse = desc("unit_changes_refused", "Changes of this unit that the city refuses, whichever device made them.")

	childUp       = desc("child_up", "Whether a unit directly below has a link to this hub.", "child")
	childLinks    = desc("child_links", "Links of devices at and below a unit directly below.", "child")
	childSilence  = desc("child_silence_seconds", "Time since a unit directly below was last heard; 0 while it has a link.", "child")
	childReceived = desc("child_received_batches_total", "Sealed batches received from below.", "child")
	childSent     = desc("child_sent_batches_total", "Sealed batches sent down.", "child")
	childBytesIn  = desc("child_received_bytes_total", "Bytes of the sealed batches received from below.", "child")
	childBytesOut = desc("child_sent_bytes_total", "Bytes of the sealed batches sent down.", "child")
	childRefused  = desc("child_batches_refused_total", "Batches from below that were not stored, by the kind of fault.", "child", "reason")
	childQueue    = desc("child_queue_changes", "Changes on their way: down, those that the unit is not known to have; up, those that are known to be made below and are not here.", "child", "direction")
	childAge      = desc("child_queue_age_seconds", "How long at least the oldest change has been on its way; 0: there is none.", "child", "direction")
	childChanges  = desc("child_changes", "Changes made at and below a unit directly below that are here, by what has become of them: recorded, refused or held by the city, or waiting for it.", "child", "state")
	callsRefused  = desc("calls_refused_total", "Calls of devices that have no place below this hub.")

	unitsEnrolled  = desc("units_enrolled", "Units at and below this one that have a device.")
	unitsSilent    = desc("units_silent", "Units of which a device is not connected, at this hub or at one below.")
	unitsSilentDay = desc("units_silent_day", "Units of which a device has not been heard for a day.")

	viewPosition = desc("view_position_arrivals", "The arrival of the journal up to which the view holds everything.")
	viewLag      = desc("view_lag_arrivals", "Arrivals of the journal that the view does not hold yet.")
	viewChanges  = desc("view_changes_applied_total", "Changes applied to the view, by kind.", "kind")
	viewApply    = desc("view_apply_duration_seconds", "How long it took to apply a portion of changes to the view.")
	viewRebuilds = desc("view_rebuilds_total", "How often the view was begun again.")

	journalUp       = desc("journal_up", "Whether the journal gives what it holds; 0: figures that need it are left out.")
	journalArrivals = desc("journal_arrivals", "The newest arrival of the journal, where there is a view.")
	journalCommit   = desc("journal_commit_duration_seconds", "How long a transaction of the journal took, to the disk.")
	journalSync     = desc("journal_fsync_duration_seconds", "Of that, writing its pages with the two fsyncs.")
	auditSync       = desc("audit_fsync_duration_seconds", "How long an fsync of the audit log took.")
	auditEntries    = desc("audit_entries_total", "Entries of the audit log since it began.")
	auditProblems   = desc("audit_problems", "What was found lost or damaged of the audit log at the start.")

	diskFree    = desc("disk_free_bytes", "Room on the disk of the directory.")
	diskReserve = desc("disk_reserve_bytes", "Room held for what is on its way when the disk is full; 0: given up, or none wanted.")
	diskFull    = desc("disk_refusing", "Whether no new records are accepted, because of the disk or the journal's limit.")
	fileSize    = desc("file_size_bytes", "Size of a part of the directory.", "file")

	certificateEnd = desc("certificate_expiry_timestamp_seconds", "When the certificate of this device ends.")

	clockOffset   = desc("clock_offset_seconds", "The clock of most others less the one here.")
	clockWrong    = desc("clock_wrong", "Whether most others say that the clock here is wrong.")
	clockCompared = desc("clocks_compared", "Clocks of others that the one here was compared with since the start.")
	clocksOff     = desc("clocks_off", "Of those, the ones that are wrong, or differ where it is undecided whose is.")

	questionTime     = desc("question_duration_seconds", "How long questions took from the asking to the answer, by outcome.", "outcome")
	questionsRunning = desc("questions_running", "Questions that are being answered.")
	questionsWaiting = desc("questions_waiting", "Questions that wait for their turn.")

	backupDone   = desc("backup_last_success_timestamp_seconds", "When the last backup by the configured plan was made; 0: none yet.")
	backupFailed = desc("backup_failed", "Whether the last backup by the configured plan failed.")
	verifyDone   = desc("verify_last_success_timestamp_seconds", "When the last verify by the configured plan found all well; 0: none yet.")
	verifyFailed = desc("verify_failed", "Whether the last verify by the configured plan failed.")
)

// figures are all of them.
var figures = []*prometheus.Desc{
	buildInfo, unitInfo, parentUp, parentSilence, parentReceived, parentSent, parentBytesIn, parentBytesOut,
	parentRefused, parentLacks, parentAge, ownChanges, unitRefuse, childUp, childLinks, childSilence,
	childReceived, childSent, childBytesIn, childBytesOut, childRefused, childQueue, childAge, childChanges,
	callsRefused, unitsEnrolled, unitsSilent, unitsSilentDay, viewPosition, viewLag, viewChanges, viewApply,
	viewRebuilds, journalUp, journalArrivals, journalCommit, journalSync, auditSync, auditEntries, auditProblems,
	diskFree, diskReserve, diskFull, fileSize, certificateEnd, clockOffset, clockWrong, clockCompared, clocksOff,
	questionTime, questionsRunning, questionsWaiting, backupDone, backupFailed, verifyDone, verifyFailed,
}

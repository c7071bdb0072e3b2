package doctor

import (
	"context"
	"os"
	"path/filepath"

	"tongbu/internal/fault"
	"tongbu/node/replica"
)

// The limits of a journal whose configuration sets none, in bytes; see config.MaxSize.
const (
	hubJournal  = 64 << 30
	nodeJournal = 1 << 30
)

// disk says whether there is room, by what the settings keep free.
func disk(_ context.Context, f *facts) []Finding {
	free, known := replica.FreeBytes(f.Dir)
	if !known {
		return one(warn(say("the system does not tell how much room is free"), say("look at the disk")))
	}
	reserve, written := f.config.ReserveBytes(f.isHub), f.journalBytes()
	room := say("%s free, the journal has %s, %s are kept in reserve", size(free), size(written), size(reserve))
	most := f.config.MaxBytes()
	if most == 0 {
		most = nodeJournal
		if f.isHub {
			most = hubJournal
		}
	}
	limited := bad("", fault.Full, say("the journal has come to its limit of %s", size(most)), say("raise max_size in tongbu.yaml; nothing acknowledged is lost"))
	switch {
	case f.refuses() && free >= 2*reserve: // the disk has room
		return one(limited)
	case reserve > 0 && f.isShort(free, reserve):
		return one(bad("", fault.Full, say("no new records are accepted: %s", room), say("free some space: it goes on by itself; nothing acknowledged is lost")))
	case most-written < max(reserve, 1):
		return one(limited)
	case free < 2*reserve+written:
		return one(warn(say("too little room for a backup, which takes a copy of the journal first: %s", room), say("free some space")))
	case most-written < most/10:
		return one(warn(say("the journal comes near its limit of %s: %s", size(most), room), say("raise max_size in tongbu.yaml")))
	}
	return one(ok(room))
}

// isShort reports whether new records are refused, as the serving process does.
func (f *facts) isShort(free, reserve int64) bool {
	if f.refuses() {
		return true
	}
	held, err := os.Stat(filepath.Join(f.Dir, replica.ReserveFile))
	return free < reserve/4 || (err != nil || held.Size() != reserve) && free < 2*reserve
}

// refuses reports whether the serving process says that it accepts no new records.
func (f *facts) refuses() bool {
	return f.served && f.askErr == nil && f.status.Disk.Refuses != ""
}

func (f *facts) journalBytes() int64 {
	info, err := os.Stat(filepath.Join(f.Dir, replica.JournalFile))
	if err != nil {
		return 0
	}
	return info.Size()
}

// journal says what was found of the journal and the audit log when they were opened.
func journal(_ context.Context, f *facts) []Finding {
	if _, err := os.Stat(filepath.Join(f.Dir, replica.JournalFile)); err != nil {
		return one(bad("", kindOr(err, fault.NotFound), say("%s cannot be found: %s", replica.JournalFile, line(oneLine(err.Error()))),
			say("see docs/operations.md, when something breaks, before you start it")))
	}
	if f.status == nil {
		return one(ok(say("it is there; nothing is known of it, as no process has served it yet")))
	}
	var found []Finding
	breaks := say("see docs/operations.md, when something breaks")
	if f.status.Journal.Older {
		found = append(found, bad("", fault.Damaged, say("the journal is older than when it was closed"), breaks))
	}
	if log := f.status.AuditLog; log != nil {
		for _, p := range log.Problems {
			found = append(found, bad("", fault.Damaged, line(oneLine(p)), say("tongbu verify names each entry; see docs/operations.md, when something breaks")))
		}
	}
	if f.status.Copied != "" {
		found = append(found, bad("", fault.Forked, line(oneLine(f.status.Copied)), say("see docs/operations.md, a directory was cloned")))
	}
	if len(found) == 0 {
		found = one(ok(f.then(say("nothing was found wrong when it was opened"))))
	}
	return found
}

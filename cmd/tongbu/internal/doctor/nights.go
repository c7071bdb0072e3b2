package doctor

import (
	"context"
	"os"
	"time"

	"tongbu/internal/fault"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// How old the last backup, and the last check, may be.
const (
	dayOld   = 26 * time.Hour
	old      = 72 * time.Hour
	checkOld = 35 * 24 * time.Hour
)

// backups says how old the last backup is, and whether there will be another.
func backups(_ context.Context, f *facts) []Finding {
	if f.nightsErr != nil {
		return one(warn(line(oneLine(f.nightsErr.Error())), say("what was backed up is not known here: make one, tongbu backup --dir DIR FILE")))
	}
	found := append(f.backupTarget(), f.unheardNights()...)
	entry, configured := f.nights.Backup, f.config.NightlyBackup != ""
	if !configured && !f.isRoot {
		return append(found, ok(say("none is needed here: the network holds what a hub has received")))
	}
	do := say("set nightly_backup and nightly_backup_dir in tongbu.yaml, or make one: tongbu backup --dir DIR FILE")
	if configured {
		do = say("serve the directory: one that was missed is made up for; or make one: tongbu backup --dir DIR FILE")
	}
	age := f.Now().Sub(entry.Good.Began)
	failure := line(oneLine(entry.Last.Message))
	switch failing := entry.Last.Kind != "" && !entry.Last.OK; {
	case failing && age > dayOld:
		return append(found, bad("", fault.Parse(entry.Last.Kind), say("the last one failed, at %s: %s", clockTime(entry.Last.Began), failure), line(oneLine(entry.Last.Hint))))
	case failing:
		return append(found, warn(say("the last one failed, at %s: %s; there is one of %s ago", clockTime(entry.Last.Began), failure, span(age)), line(oneLine(entry.Last.Hint))))
	case entry.Good.Began.IsZero():
		return append(found, bad("", fault.NotFound, say("no backup was ever made of this directory"), do))
	case age > old:
		return append(found, bad("", fault.NotFound, say("the last one is %s old: %s", span(age), entry.Good.File), do))
	case age > dayOld:
		return append(found, warn(say("the last one is %s old: %s", span(age), entry.Good.File), do))
	}
	if _, err := os.Stat(entry.Good.File); fault.Of(err) == fault.NotFound {
		return append(found, warn(say("the last one, of %s ago, is not where it was put: %s", span(age), entry.Good.File), say("unless it was moved to a safe place, make another")))
	}
	return append(found, ok(say("%s ago, %s: %s", span(age), size(entry.Good.Bytes), entry.Good.File)))
}

// unheardNights says that the process does not know what the configuration wants.
func (f *facts) unheardNights() []Finding {
	if !f.served || f.askErr != nil || f.configErr != nil {
		return nil
	}
	n, c := f.status.Nightly, f.config
	if n.Verify.At == c.NightlyVerify && f.cutsAsConfigured() && n.Backup.At == c.NightlyBackup && (c.NightlyBackup == "" || n.Dir == c.NightlyBackupDir && n.Keep == c.Keep()) {
		return nil
	}
	return one(warn(say("the process was started with other nightly jobs than the configuration has now"), say("start it again to use those of the configuration")))
}

// cutsAsConfigured reports whether a node cuts its journal as the configuration says; a
// hub never does.
func (f *facts) cutsAsConfigured() bool {
	n, c := f.status.Nightly, f.config
	return f.status.Tier != "community" || n.Cut.At == c.NightlyCut && (c.NightlyCut == "" || n.Days == c.Days())
}

// backupTarget says what is wrong with where nightly backups are put.
func (f *facts) backupTarget() []Finding {
	target := f.config.NightlyBackupDir
	if f.config.NightlyBackup == "" {
		return nil
	}
	if err := operate.CheckBackupDir(f.Dir, target); err != nil {
		if last := f.nights.Backup.Last; !last.OK && last.Message == oneLine(err.Error()) {
			return nil // the last one failed of it, which is said
		}
		return one(failed("", err))
	}
	if same, known := replica.SameDisk(f.Dir, target); known && same {
		return one(warn(say("the backups lie on the disk of the directory: %s", target), say("put them on another disk; if one should be mounted there, it is not")))
	}
	return nil
}

// verified says when the directory was checked last, and what came of it.
func verified(_ context.Context, f *facts) []Finding {
	do := say("tongbu verify --dir DIR; each night with nightly_verify in tongbu.yaml")
	if f.nightsErr != nil {
		return one(warn(line(oneLine(f.nightsErr.Error())), do))
	}
	entry := f.nights.Verify
	age := f.Now().Sub(entry.Last.Began)
	switch late := f.config.NightlyVerify != "" && age > dayOld; {
	case entry.Last.Kind == "":
		return one(warn(say("the directory was never verified"), do))
	case !entry.Last.OK && entry.Last.Kind == fault.Damaged.String():
		return one(bad("", fault.Damaged, say("%d problems found, %s ago", entry.Last.Problems, span(age)), say("tongbu verify --dir DIR names them; see docs/operations.md, when verify finds a problem")))
	case !entry.Last.OK:
		return one(warn(say("the last check failed, %s ago: %s", span(age), line(oneLine(entry.Last.Message))), line(oneLine(entry.Last.Hint))))
	case late || age > checkOld:
		return one(warn(say("clean, %s ago", span(age)), do))
	}
	return one(ok(say("clean, %s ago", span(age))))
}

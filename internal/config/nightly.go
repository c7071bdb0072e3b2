package config

import (
	"time"

	"tongbu/internal/fault"
)

// Bounds of the number of nightly backups that are kept.
const (
	usualKeep = 7
	maxKeep   = 1000
)

// Bounds of the days for which batches are kept that the city has recorded: no less than
// twice what lies between two backups of a city that makes one every third day.
const (
	usualDays = 30
	minDays   = 7
	maxDays   = 3650
)

// Days is for how many days batches are kept that the city has recorded.
func (c *Config) Days() int {
	if c.KeepDays == 0 {
		return usualDays
	}
	return c.KeepDays
}

// Keep is how many nightly backups are kept.
func (c *Config) Keep() int {
	if c.NightlyKeep == 0 {
		return usualKeep
	}
	return c.NightlyKeep
}

// ParseClock reads a time of day, as in 02:30, as what has passed of the day. It
// returns Invalid for any other form.
func ParseClock(key, text string) (time.Duration, error) {
	at, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, fault.New(fault.Invalid, "%s: %q is no time of day", key, text).WithHint("write hours and minutes, as in 02:30")
	}
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, nil
}

// checkNights checks what is done each night.
func (c *Config) checkNights() error {
	for _, t := range []struct{ key, value string }{{"nightly_verify", c.NightlyVerify}, {"nightly_backup", c.NightlyBackup}, {"nightly_cut", c.NightlyCut}} {
		if t.value == "" {
			continue
		}
		if _, err := ParseClock(t.key, t.value); err != nil {
			return err
		}
	}
	if c.NightlyBackup != "" && c.NightlyBackupDir == "" {
		return fault.New(fault.Invalid, "nightly_backup needs nightly_backup_dir").WithHint("name a directory on another disk")
	}
	if c.NightlyKeep < 0 || c.NightlyKeep > maxKeep {
		return fault.New(fault.Invalid, "nightly_keep: %d is not from 1 to %d", c.NightlyKeep, maxKeep)
	}
	if c.KeepDays != 0 && (c.KeepDays < minDays || c.KeepDays > maxDays) {
		return fault.New(fault.Invalid, "keep_days: %d is not from %d to %d", c.KeepDays, minDays, maxDays)
	}
	return nil
}

package main

import (
	"fmt"
	"syscall"
)

// What a run takes on the disk, in bytes: a household with its events in the journals
// of all tiers and in the city's view, and the reserves of directories.
const (
	ofHousehold = 25_000
	ofNode      = 9 << 20
	ofHub       = 34 << 20
)

// roomy fails when the disk has too little room: others may need what is left of it.
func (c *city) roomy() error {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(c.dir, &disk); err != nil {
		return fmt.Errorf("look for room: %w", err)
	}
	nodes := len(c.level(community))
	need := float64(ofHousehold*c.households + ofNode*nodes + ofHub*(len(c.sites)-nodes))
	if free := float64(disk.Bavail) * float64(disk.Bsize); free < need {
		return fmt.Errorf("%s has %.1f GB left, and this takes about %.1f: set TMPDIR to a disk with room", c.dir, free/1e9, need/1e9)
	}
	return nil
}

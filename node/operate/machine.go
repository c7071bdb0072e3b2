package operate

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongbu/internal/fault"
)

func (o *Operate) processState() Process {
	open, ready := o.at.Uptime()
	return Process{PID: os.Getpid(), ResidentBytes: residentBytes(), UptimeS: open.Seconds(), ReadyMS: milliseconds(ready)}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// residentBytes is the process's resident memory in bytes, as Linux reports it.
func residentBytes() int64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kib, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10
		}
	}
	return 0
}

// fsyncMS is the median time of an fsync of 4 KiB in the directory. There is a
// pause before each, as there is before each save that it is compared with: an
// fsync right after another takes a half or a third of the time.
func fsyncMS(dir string) (float64, error) {
	path := filepath.Join(dir, "fsync.probe")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, fault.Wrap("measure an fsync", err)
	}
	defer os.Remove(path) //nolint:errcheck // the next measure truncates it
	defer f.Close()       //nolint:errcheck // nothing in it matters
	const samples, pause = 21, 5 * time.Millisecond
	var times []time.Duration
	page := make([]byte, 4096)
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for i := range samples {
		<-tick.C
		start := time.Now()
		if _, err := f.WriteAt(page, int64(i)*4096); err != nil {
			return 0, fault.Wrap("measure an fsync", err)
		}
		if err := f.Sync(); err != nil {
			return 0, fault.Wrap("measure an fsync", err)
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	return milliseconds(times[len(times)/2]), nil
}

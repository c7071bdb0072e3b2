package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"tongbu/bench/table"
)

// weight is what the processes and directories of a level take, each in its order.
type weight struct {
	peak, resident, disk []float64 // bytes
	worked               float64   // seconds of a processor, all together
}

// weigh looks at all sites of a level.
func (c *city) weigh(level int) (weight, error) {
	var w weight
	for _, s := range c.level(level) {
		if err := w.add(s); err != nil {
			return w, fmt.Errorf("weigh %s: %w", s.Code, err)
		}
	}
	return w, nil
}

func (w *weight) add(s *site) error {
	peak, err := s.process.Peak()
	if err != nil {
		return err
	}
	resident, err := s.process.Resident()
	if err != nil {
		return err
	}
	worked, err := s.process.Worked()
	if err != nil {
		return err
	}
	disk, err := diskUse(s.dir)
	w.peak, w.resident, w.disk = append(w.peak, peak), append(w.resident, resident), append(w.disk, disk)
	w.worked += worked.Seconds()
	return err
}

// diskUse is what the files of a directory take on the disk, without the reserve: it
// is of one size, whatever there is.
func diskUse(dir string) (bytes float64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "reserve" {
			return ignoreGone(err)
		}
		info, err := d.Info()
		if err != nil {
			return ignoreGone(err)
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			bytes += float64(st.Blocks) * 512
		}
		return nil
	})
	return bytes, err
}

// ignoreGone lets files go that were removed while they were looked at.
func ignoreGone(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// entries are the figures of a level, for the table.
func (w weight) entries(name string) []table.Entry {
	most, sum := largest(w.peak), 0.0
	for _, d := range w.disk {
		sum += d
	}
	n := len(w.peak)
	return []table.Entry{
		table.Told(name+": peak memory of the largest", most/1e6, "MB").With("VmHWM until all is right at the city; median of %d: %s, at rest then %s", n,
			table.Number(table.Median(w.peak)/1e6), table.Number(table.Median(w.resident)/1e6)),
		table.Told(name+": disk, median", table.Median(w.disk)/1e6, "MB").With("without the reserve; all %d together %s MB", n, table.Number(sum/1e6)),
		table.Told(name+": processor, all together", w.worked, "s").With("%d processes, from their starts on", n),
	}
}

func largest(values []float64) (most float64) {
	for _, v := range values {
		most = max(most, v)
	}
	return most
}

// loopback is how many bytes have gone over the loopback interface since the machine
// began, whoever sent them; false where the system does not tell.
func loopback() (float64, bool) {
	raw, err := os.ReadFile("/proc/net/dev")
	if err != nil {
		return 0, false
	}
	_, rest, ok := strings.Cut(string(raw), "lo:")
	fields := strings.Fields(rest)
	if !ok || len(fields) == 0 {
		return 0, false
	}
	n, err := strconv.ParseFloat(fields[0], 64)
	return n, err == nil
}

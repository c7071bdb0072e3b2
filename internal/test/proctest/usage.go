package proctest

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// Usage is what a process has taken of its machine.
type Usage struct {
	Resident int64         // bytes of memory now
	Files    int64         // of them, pages of files: the system takes them back when it needs them
	Peak     int64         // the most that Resident ever was
	CPU      time.Duration // of all its threads, in the program and in the system
}

// UsageOf reads what a process has taken so far; an error where the system does
// not tell.
func UsageOf(pid int) (u Usage, err error) {
	proc := fmt.Sprintf("/proc/%d/", pid)
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		return u, err
	}
	for name, of := range map[string]*int64{"VmRSS:": &u.Resident, "RssFile:": &u.Files, "VmHWM:": &u.Peak} {
		_, rest, _ := bytes.Cut(status, []byte(name))
		kib, err := numberAt(rest, 0)
		if err != nil {
			return u, fmt.Errorf("%s %w", name, err)
		}
		*of = kib << 10
	}
	u.CPU, err = cpuTime(proc + "stat")
	return u, err
}

// cpuTime is the processor time that a process has taken. Its name, which may
// hold anything, is in parentheses before the numbers.
func cpuTime(stat string) (time.Duration, error) {
	const tick = 10 * time.Millisecond // the unit in which Linux reports it
	text, err := os.ReadFile(stat)
	if err != nil {
		return 0, err
	}
	numbers := text[bytes.LastIndexByte(text, ')')+1:]
	program, err := numberAt(numbers, 11)
	if err != nil {
		return 0, err
	}
	system, err := numberAt(numbers, 12)
	return time.Duration(program+system) * tick, err
}

func numberAt(text []byte, at int) (int64, error) {
	fields := bytes.Fields(text)
	if at >= len(fields) {
		return 0, fmt.Errorf("the system does not tell")
	}
	return strconv.ParseInt(string(fields[at]), 10, 64)
}

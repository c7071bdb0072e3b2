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
	Resident, Peak int64         // bytes of memory, now and at the most ever
	CPU            time.Duration // of all its threads, in the program and in the system
}

// UsageOf reads what a process has taken so far; an error where the system does
// not tell.
func UsageOf(pid int) (u Usage, err error) {
	proc := fmt.Sprintf("/proc/%d/", pid)
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		return u, err
	}
	for name, of := range map[string]*int64{"VmRSS:": &u.Resident, "VmHWM:": &u.Peak} {
		_, rest, _ := bytes.Cut(status, []byte(name))
		kib, err := field(rest, 0)
		if err != nil {
			return u, fmt.Errorf("%s %w", name, err)
		}
		*of = kib << 10
	}
	stat, err := os.ReadFile(proc + "stat")
	if err != nil {
		return u, err
	}
	// The name in parentheses may hold anything; the state follows it.
	own, err := field(stat[bytes.LastIndexByte(stat, ')')+1:], 11)
	if err != nil {
		return u, err
	}
	system, err := field(stat[bytes.LastIndexByte(stat, ')')+1:], 12)
	u.CPU = time.Duration(own+system) * tick
	return u, err
}

// tick is the unit in which Linux tells the time of a processor to programs.
const tick = 10 * time.Millisecond

func field(text []byte, at int) (int64, error) {
	fields := bytes.Fields(text)
	if at >= len(fields) {
		return 0, fmt.Errorf("the system does not tell")
	}
	return strconv.ParseInt(string(fields[at]), 10, 64)
}

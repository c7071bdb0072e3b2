package config

import (
	"strconv"
	"strings"

	"tongbu/internal/fault"
)

// Default sizes of the reserve, the disk space that is kept for what is on its
// way when the disk is full, in bytes.
const (
	hubReserve  = 32 << 20
	nodeReserve = 8 << 20
)

var units = []struct {
	name string
	size int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}

// parseSize reads a number of bytes, as in 32MiB; 0 needs no unit.
func parseSize(key, text string) (int64, error) {
	unit := int64(1)
	number := text
	for _, u := range units {
		if rest, ok := strings.CutSuffix(text, u.name); ok {
			number, unit = rest, u.size
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	const most = 1 << 50 // bytes; and the product does not overflow
	if err != nil || n < 0 || n > most/unit || unit == 1 && n != 0 {
		return 0, fault.New(fault.Invalid, "%s: %q is not a size", key, text).WithHint("write the unit, as in 32MiB; 0 is none")
	}
	return n * unit, nil
}

// ReserveBytes is the size of the reserve; the configuration is valid.
func (c *Config) ReserveBytes(hub bool) int64 {
	switch {
	case c.Reserve != "":
		n, _ := parseSize("reserve", c.Reserve) // Validate has told
		return n
	case hub:
		return hubReserve
	}
	return nodeReserve
}

// MaxBytes is the limit of the journal's file, 0 for the default; the
// configuration is valid.
func (c *Config) MaxBytes() int64 {
	if c.MaxSize == "" {
		return 0
	}
	n, _ := parseSize("max_size", c.MaxSize) // Validate has told
	return n
}

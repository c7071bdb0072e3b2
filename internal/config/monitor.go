package config

import (
	"cmp"
	"net"
	"strconv"
	"strings"

	"tongbu/internal/fault"
)

// loopback is where figures are shown when nobody says otherwise: they are for this
// computer's own programs, and no password guards them.
const loopback = "127.0.0.1"

// defaultLag is how many arrivals a view may lack and still be called ready: a minute's
// work.
const defaultLag = 10_000

// MonitorAt is where figures are shown, as HOST:PORT; empty: nowhere. The configuration
// is valid.
func (c *Config) MonitorAt() string {
	if c.Monitor == "" {
		return ""
	}
	if !strings.Contains(c.Monitor, ":") {
		return net.JoinHostPort(loopback, c.Monitor)
	}
	host, port, _ := net.SplitHostPort(c.Monitor) // Validate has told
	return net.JoinHostPort(cmp.Or(host, loopback), port)
}

// ReadyLag is how many arrivals a view may lack and still be called ready.
func (c *Config) ReadyLag() uint64 { return cmp.Or(c.MonitorLag, defaultLag) }

func checkMonitor(value string) error {
	if value == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(value)
	if !strings.Contains(value, ":") {
		port, err = value, nil
	}
	if _, convErr := strconv.ParseUint(port, 10, 16); err != nil || convErr != nil {
		return fault.New(fault.Invalid, "monitor: %q is not HOST:PORT", value).WithHint("a port alone is of this computer only, as in 9464; all may read it at 0.0.0.0:9464")
	}
	return nil
}

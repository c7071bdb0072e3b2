package config_test

import (
	"testing"

	"tongbu/internal/config"
	"tongbu/internal/fault"
)

// TestMonitor: figures are for this computer alone unless somebody says otherwise.
func TestMonitor(t *testing.T) {
	for value, want := range map[string]string{"": "", "9464": "127.0.0.1:9464", ":9464": "127.0.0.1:9464", ":0": "127.0.0.1:0", "0.0.0.0:9464": "0.0.0.0:9464",
		"[::1]:9464": "[::1]:9464", "localhost:9464": "localhost:9464"} {
		c := config.Config{Monitor: value}
		if err := c.Validate(); err != nil || c.MonitorAt() != want {
			t.Errorf("%q: got %q, %v, want %q", value, c.MonitorAt(), err, want)
		}
	}
	for _, value := range []string{"localhost", "127.0.0.1", "::1", "0.0.0.0:http", "0.0.0.0:65536", "9464,9465", "1.2.3.4:1,:2", "-1"} {
		if err := (&config.Config{Monitor: value}).Validate(); fault.Of(err) != fault.Invalid {
			t.Errorf("%q: got %v, want invalid", value, err)
		}
	}
}

func TestReadyLag(t *testing.T) {
	for file, want := range map[string]uint64{"": 10_000, "monitor_lag: 5\n": 5} {
		c, err := config.Load(mustWrite(t, file), nil)
		if err != nil || c.ReadyLag() != want {
			t.Errorf("%q: got %d, %v, want %d", file, c.ReadyLag(), err, want)
		}
	}
	c, err := config.Load(t.TempDir(), []string{"TONGBU_MONITOR_LAG=7"})
	if err != nil || c.ReadyLag() != 7 {
		t.Errorf("got %d, %v, want 7", c.ReadyLag(), err)
	}
	for _, value := range []string{"-1", "many", "1.5"} {
		if _, err := config.Load(t.TempDir(), []string{"TONGBU_MONITOR_LAG=" + value}); fault.Of(err) != fault.Invalid {
			t.Errorf("%q: got %v, want invalid", value, err)
		}
	}
}

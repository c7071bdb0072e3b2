package monitor

import "github.com/prometheus/client_golang/prometheus"

// Collector is what a scrape asks.
func Collector(c Config) prometheus.Collector { return &collector{c} }

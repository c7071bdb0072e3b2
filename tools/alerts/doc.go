// Package alerts tries what docs/monitoring says to Prometheus, with Prometheus's own
// parser and engine: each alert fires when its cause is made, and none while all is
// well; each question of the dashboard has an answer. What is asked is what hubs and
// nodes of a made-up network really show, over days of virtual time.
//
// It is a module of its own: the product depends on nothing of the engine.
package alerts

// Package slack gives memory back to the system while the program has little
// to do. The Go runtime lets garbage grow to as much as what is in use before
// it collects, and keeps freed pages for the next time. That is right for a
// program at work and a waste in a quiet one: a hub whose nodes all connected
// in the morning, each with a handshake of a hundred kilobytes of garbage,
// would hold it all day. Java's and JavaScript's machines do the same (JEP 346,
// the memory reducer of V8).
//
// It costs a collection, about a millisecond of a processor for each mebibyte
// in use, and only in a quiet program that has as much to give as an eighth of
// what it uses.
//
// A busy one may be given an allowance: a hub that uses twenty megabytes and makes a
// hundred of garbage a second would be collected ten times a second at the runtime's
// own pace. Up to the allowance garbage may be four times what is in use; beyond it
// the pace is the runtime's own again.
package slack

import (
	"cmp"
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Reading is the program's memory at one moment, in bytes.
type Reading struct {
	Allocated uint64 // by all since the start, whether in use or not
	Live      uint64 // in use, as the last collection found
	Spare     uint64 // not in use or new since then, and kept from the system
	Beside    uint64 // what is no heap: stacks above all
}

// Config of Run; zero values mean what is said.
type Config struct {
	Every time.Duration  // between looks; 0: 2 s
	Read  func() Reading // nil: Read
	Give  func()         // collects and gives back; nil: debug.FreeOSMemory
	Rest  func()         // gives up what is made again when it is needed; nil: nothing
	Busy  func()         // gives up what costs next to nothing to have again, at each look in a busy program; nil: nothing

	// Garbage is how much of it there may be before it is collected, in percent of what
	// is in use; 0: as much. It is ignored where the environment sets GOGC.
	Garbage int

	// Allowance is how many bytes the program may take before it is collected at the
	// pace of Beyond, within it at that of Garbage, or where that is 0 hardly ever; 0: none.
	// It is given while Run runs, and not where the environment sets GOGC or GOMEMLIMIT:
	// then somebody else decides.
	Allowance uint64
	Beyond    int               // how much garbage there may be beyond it, in percent of what is in use; 0: as much
	Limit     func(bytes int64) // sets what it may take; nil: debug.SetMemoryLimit
}

// HubAllowance is that of a hub, in bytes.
const HubAllowance = 112 << 20

// A node is an old computer's: memory is dearer there than a processor. While it is small,
// garbage may be half of what is in use; where it keeps what pages are answered from, a
// quarter, freed pages and stacks included. The limit follows what is in use at each look,
// so that it is never below that for long, and the runtime gives a collection no more than
// half of the processors.
const (
	NodeGarbage   = 50
	NodeAllowance = 40 << 20
	NodeBeyond    = 25
)

// withAllowance is how much garbage there may be within an allowance, in percent of
// what is in use.
const withAllowance = 400

// least is what is worth a collection, in bytes.
const least = 4 << 20

// Run looks again and again until the context ends; it returns nil.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Every == 0 {
		cfg.Every = 2 * time.Second
	}
	if cfg.Read == nil {
		cfg.Read = Read
	}
	if cfg.Give == nil {
		cfg.Give = debug.FreeOSMemory
	}
	if cfg.Rest == nil {
		cfg.Rest = func() {}
	}
	if cfg.Busy == nil {
		cfg.Busy = func() {}
	}
	if cfg.Limit == nil {
		cfg.Limit = func(bytes int64) { debug.SetMemoryLimit(bytes) }
	}
	if cfg.Beyond == 0 {
		cfg.Beyond = 100
	}
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		cfg.Allowance = 0
	}
	if cfg.Garbage > 0 && os.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(cfg.Garbage))
	}
	before := cfg.Read()
	if cfg.Allowance > 0 {
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
		cfg.Limit(before.limit(cfg.Allowance, cfg.Beyond))
		defer debug.SetGCPercent(debug.SetGCPercent(cmp.Or(cfg.Garbage, withAllowance)))
	}
	cfg.Busy() // a start is work too
	ticks := time.NewTicker(cfg.Every)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
		now := cfg.Read()
		if cfg.Allowance > 0 {
			cfg.Limit(now.limit(cfg.Allowance, cfg.Beyond))
		}
		if now.quietSince(before) {
			cfg.Rest()
			if now.worth() {
				cfg.Give()
			}
		} else {
			cfg.Busy()
		}
		before = now
	}
}

// quietSince reports whether little was allocated since the reading before.
func (r Reading) quietSince(before Reading) bool {
	return r.Allocated-before.Allocated <= max(r.Live/4, least)
}

// limit is what the program may take: the allowance, or where that leaves less room, so
// much garbage as is said to what is in use.
func (r Reading) limit(allowance uint64, beyond int) int64 {
	return int64(max(allowance, r.Live+r.Live*uint64(beyond)/100+r.Beside))
}

func (r Reading) worth() bool { return r.Spare > max(r.Live/8, least) }

// Read asks the runtime.
func Read() Reading {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	live, objects, free := s[1].Value.Uint64(), s[2].Value.Uint64(), s[3].Value.Uint64()
	taken := s[4].Value.Uint64() - s[5].Value.Uint64()
	return Reading{Allocated: s[0].Value.Uint64(), Live: live, Spare: objects - min(live, objects) + free,
		Beside: taken - min(objects+free, taken)}
}

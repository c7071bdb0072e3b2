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
// what it uses; a busy one is left to the runtime's own pace.
package slack

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Reading is the program's memory at one moment, in bytes.
type Reading struct {
	Allocated uint64 // by all since the start, whether in use or not
	Live      uint64 // in use, as the last collection found
	Spare     uint64 // not in use or new since then, and kept from the system
}

// Config of Run; zero values mean what is said.
type Config struct {
	Every time.Duration  // between looks; 0: 2 s
	Read  func() Reading // nil: Read
	Give  func()         // collects and gives back; nil: debug.FreeOSMemory
	Rest  func()         // gives up what is made again when it is needed; nil: nothing
}

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
	ticks := time.NewTicker(cfg.Every)
	defer ticks.Stop()
	for before := cfg.Read(); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
		now := cfg.Read()
		if now.quietSince(before) {
			cfg.Rest()
			if now.worth() {
				cfg.Give()
			}
		}
		before = now
	}
}

// quietSince reports whether little was allocated since the reading before.
func (r Reading) quietSince(before Reading) bool {
	return r.Allocated-before.Allocated <= max(r.Live/4, least)
}

func (r Reading) worth() bool { return r.Spare > max(r.Live/8, least) }

// Read asks the runtime.
func Read() Reading {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"}}
	metrics.Read(s)
	live, objects, free := s[1].Value.Uint64(), s[2].Value.Uint64(), s[3].Value.Uint64()
	return Reading{Allocated: s[0].Value.Uint64(), Live: live, Spare: objects - min(live, objects) + free}
}

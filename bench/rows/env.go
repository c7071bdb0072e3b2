// Package rows is the table of measures: one file a row. Each row runs
// tongbu, with its production packages and settings, and what it is compared
// with, in the same run on the same machine.
package rows

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"

	"tongbu/bench/program"
	"tongbu/bench/table"
)

// Env is what a row is run with.
type Env struct {
	Dir     string // scratch, on the disk that is measured
	Node    string // folder with the packages of Node.js
	Program program.Program
	Profile string // folder for profiles of tongbu's parts; empty: none
	Quick   bool   // small sizes, to try the harness
	Scale   bool   // large sizes: takes an hour
	Say     func(format string, args ...any)

	WholeWay float64  // changes/s that the row of this name found; other rows refer to it
	Fsync    float64  // ms at the median, as the row of the limits found
	city     *city    // grows from row to row
	pouch    *pouched // the last run of PouchDB
}

// Row is one line of the table of measures.
type Row struct {
	Name string
	Run  func(ctx context.Context, e *Env) ([]table.Entry, error)
}

// All lists the rows in the order in which they run: later ones go on with
// the city of earlier ones.
func All() []Row {
	return []Row{
		{"limits", Limits},
		{"relay", Relay},
		{"whole way", WholeWay},
		{"wire", Wire},
		{"slow line", SlowLine},
		{"local write", LocalWrite},
		{"node", NodeWeight},
		{"pages", Pages},
		{"new node", NewNode},
		{"hub", HubWeight},
		{"storm", Storm},
		{"query", Query},
		{"match", Match},
		{"figures", Figures},
		{"programs", Programs},
		{"restart", Restart},
		{"growth", Growth},
	}
}

// size picks by how large the run is.
func (e *Env) size(quick, full, scale int) int {
	switch {
	case e.Quick:
		return quick
	case e.Scale:
		return scale
	}
	return full
}

// tries is how often a measure is repeated, in turn with its peer; the best
// of each counts, because others may use the machine too.
func (e *Env) tries() int { return e.size(1, 3, 3) }

func (e *Env) path(name string) string { return filepath.Join(e.Dir, name) }

// profiled runs fn and keeps a profile of the processors and of the heap.
func (e *Env) profiled(name string, fn func() error) (err error) {
	runtime.GC() // what was made to get here
	if e.Profile == "" {
		return fn()
	}
	cpu, err := os.Create(filepath.Join(e.Profile, name+".cpu.pprof"))
	if err != nil {
		return err
	}
	defer func() { _ = cpu.Close() }()
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return err
	}
	err = fn()
	pprof.StopCPUProfile()
	runtime.GC()
	heap, heapErr := os.Create(filepath.Join(e.Profile, name+".heap.pprof"))
	if heapErr != nil {
		return fmt.Errorf("profile %s: %w", name, heapErr)
	}
	defer func() { _ = heap.Close() }()
	_ = pprof.Lookup("allocs").WriteTo(heap, 0) // a profile that fails changes no figure
	return err
}

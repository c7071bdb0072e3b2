package replica

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/system"
	"tongbu/syncer/streams"
)

// Status is what `tongbu status` shows. Fields are only ever added.
type Status struct {
	Network     string          `json:"network"`
	Unit        string          `json:"unit"` // division code
	Name        string          `json:"name,omitempty"`
	Tier        string          `json:"tier"`
	Device      change.DeviceID `json:"device"`
	Incarnation uint32          `json:"incarnation"`
	Epoch       uint64          `json:"epoch"` // the city's, as far as it is known here
	Own         Own             `json:"own"`
	Parent      *Parent         `json:"parent,omitempty"`
	Children    []Child         `json:"children"`
	Conflicts   int             `json:"conflicts"`
	Refusals    []Refusal       `json:"refusals"`
	Forks       int             `json:"forks"` // own streams that stood in two histories
	View        *View           `json:"view,omitempty"`
	ClockOffset int64           `json:"clock_offset_ms"` // the parent's clock less this one
	Journal     JournalSize     `json:"journal"`
	Disk        Disk            `json:"disk"`
	Save        Save            `json:"save"`
	Process     Process         `json:"process"`

	RegistryAt time.Time `json:"registry_as_of,omitzero"` // of the city's newest word here: units, devices, revocations
	Ahead      []Ahead   `json:"dated_ahead,omitempty"`   // devices that date what they say more than a day ahead of the clock here
}

// Own is how far this device's own changes have come.
type Own struct {
	Head     uint64 `json:"head"`
	AtParent uint64 `json:"at_parent"`
	AtCity   uint64 `json:"at_city"`
}

// Parent is the line upward.
type Parent struct {
	Address   string    `json:"address"`
	Unit      string    `json:"unit,omitempty"`
	Connected bool      `json:"connected"`
	LastSync  time.Time `json:"last_sync,omitzero"`
	Error     string    `json:"error,omitempty"`
}

// Child is a device below, direct or through others.
type Child struct {
	Unit      string          `json:"unit"`
	Device    change.DeviceID `json:"device"`
	Connected bool            `json:"connected"`
	Heard     time.Time       `json:"heard"`
}

// Refusal is a change of this unit that the city did not take.
type Refusal struct {
	Kind    string `json:"kind"`
	Record  string `json:"record"`
	Seq     int64  `json:"seq"`
	Rule    string `json:"rule"`
	Message string `json:"message,omitempty"`
}

// View is how far a hub's view follows its journal, in arrivals.
type View struct {
	Applied uint64 `json:"applied"`
	Behind  uint64 `json:"behind"`
	Settled bool   `json:"settled"` // it has its indexes: until then a question may take long
}

// JournalSize tells what the journal takes.
type JournalSize struct {
	Bytes   int64  `json:"bytes"`
	Commits uint64 `json:"commits"`         // since the start
	Older   bool   `json:"older,omitempty"` // at the start it lacked what the last close had seen
}

// Save is how long the last single-record puts took, to the fsync.
type Save struct {
	Count    int     `json:"count"`
	MedianMS float64 `json:"median_ms"`
	FsyncMS  float64 `json:"fsync_ms,omitempty"` // median of one fsync here, when asked to measure
}

// Process tells of the serving process.
type Process struct {
	PID           int     `json:"pid"`
	ResidentBytes int64   `json:"resident_bytes"` // 0 where the system does not tell
	UptimeS       float64 `json:"uptime_s"`
	ReadyMS       float64 `json:"ready_ms"` // from the start to serving; 0 when not served
}

// maxListed bounds the refusals in a status.
const maxListed = 100

// Status reads the present state; measure has it time a few fsyncs.
func (s *Replica) Status(measure bool) (*Status, error) {
	unit := s.Members.Unit()
	n, err := s.Streams.Incarnation()
	if err != nil {
		return nil, err
	}
	st := &Status{Network: string(s.Place.Network), Unit: unit.Code, Name: unit.Name, Tier: unit.Level.String(), Device: s.Keys.Device(),
		Incarnation: n, Parent: s.parent(), Children: s.children(), Refusals: []Refusal{}, ClockOffset: time.Duration(s.offset.Load()).Milliseconds(),
		Disk: s.disk(), Journal: JournalSize{Bytes: s.Journal.Size(), Commits: s.Journal.Stats().Commits, Older: s.Journal.Regressed()}, Process: s.process()}
	median, count := s.saves.median()
	st.Save = Save{Count: count, MedianMS: ms(median)}
	if measure {
		if st.Save.FsyncMS, err = fsyncMS(s.cfg.Dir); err != nil {
			return nil, err
		}
	}
	return st, s.Journal.View(func(tx *journal.Tx) error { return s.count(tx, st) })
}

func (s *Replica) count(tx *journal.Tx, st *Status) (err error) {
	if st.Epoch, err = streams.Epoch(tx); err != nil {
		return err
	}
	err = tx.Streams(func(info journal.StreamInfo) error { return s.countOwn(tx, info, st) })
	if err != nil {
		return err
	}
	err = s.Records.Each(tx, system.RefusalKind, "", func(r *merge.Record) error {
		word := system.RefusalFrom(r)
		ours := word.Unit == s.Place.Unit // those of a unit above come here as well
		if ours && !word.Void && len(st.Refusals) < maxListed {
			st.Refusals = append(st.Refusals, Refusal{Kind: word.Kind, Record: string(word.Record), Seq: int64(word.Seq), Rule: word.Rule, Message: word.Message})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if st.RegistryAt, err = s.registryAt(tx); err != nil {
		return err
	}
	st.Ahead = s.aheads()
	st.Conflicts, err = s.Records.Conflicts(tx)
	return err
}

func (s *Replica) countOwn(tx *journal.Tx, info journal.StreamInfo, st *Status) error {
	if info.Stream.Device != s.Keys.Device() {
		return nil
	}
	r, err := s.Streams.Reached(tx, info.Stream)
	if s.IsRoot() {
		r.Parent, r.City = r.Head, r.Head
	}
	st.Own.Head += r.Head
	st.Own.AtParent += r.Parent
	st.Own.AtCity += r.City
	if info.Parked {
		st.Forks++
	}
	return err
}

func (s *Replica) parent() *Parent {
	if s.IsRoot() {
		return nil
	}
	state := s.Uplink.State()
	p := &Parent{Address: state.Parent.Address, Unit: s.code(state.Parent.Unit), Connected: state.Connected, LastSync: state.LastSync}
	if state.Err != nil && fault.Of(state.Err) != fault.Canceled {
		p.Error = strings.Join(strings.Fields(state.Err.Error()), " ")
		if hint := fault.Hint(state.Err); hint != "" {
			p.Error += " (" + hint + ")"
		}
	}
	return p
}

func (s *Replica) children() []Child {
	children := []Child{}
	for _, d := range s.Reach.All() {
		if d.Peer.Device != s.Keys.Device() {
			children = append(children, Child{Unit: s.code(d.Peer.Unit), Device: d.Peer.Device, Connected: d.Connected, Heard: time.UnixMilli(d.Heard).UTC()})
		}
	}
	return children
}

func (s *Replica) process() Process {
	return Process{PID: os.Getpid(), ResidentBytes: resident(), UptimeS: s.Now().Sub(s.started).Seconds(), ReadyMS: ms(time.Duration(s.ready.Load()))}
}

// Ready notes that the station serves now, started then.
func (s *Replica) Ready(since time.Time) { s.ready.Store(int64(time.Since(since))) }

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// resident is the process's resident memory in bytes, as Linux tells it.
func resident() int64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kib, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10
		}
	}
	return 0
}

// fsyncMS is the median time of an fsync of 4 KiB in the directory. There is a
// pause before each, as there is before each save that it is compared with: an
// fsync right after another takes a half or a third of the time.
func fsyncMS(dir string) (float64, error) {
	path := filepath.Join(dir, "fsync.probe")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, fault.Wrap("measure an fsync", err)
	}
	defer os.Remove(path) //nolint:errcheck // the next measure truncates it
	defer f.Close()       //nolint:errcheck // nothing in it matters
	const samples, pause = 21, 5 * time.Millisecond
	var times []time.Duration
	page := make([]byte, 4096)
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for i := range samples {
		<-tick.C
		start := time.Now()
		if _, err := f.WriteAt(page, int64(i)*4096); err != nil {
			return 0, fault.Wrap("measure an fsync", err)
		}
		if err := f.Sync(); err != nil {
			return 0, fault.Wrap("measure an fsync", err)
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	return ms(times[len(times)/2]), nil
}

package watch

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// A life of the journal is a stretch of it in which the numbers of arrivals mean the same.
// One ends when the directory is restored from an older copy, when the journal is lost,
// and when the history of a stream gives way to another.

// lifeBytes is how long the name of a life is.
const lifeBytes = 8

const livesTable = "hub.lives"

var livesKey = []byte("lives")

// life is one of them. The lives of a journal are few: each was an accident.
type life struct {
	Name        string `json:"name"`
	Parent      string `json:"parent,omitempty"` // "": nobody goes on from an earlier one
	Parted      uint64 `json:"parted,omitempty"` // arrival up to which the two are the same
	Incarnation uint32 `json:"incarnation"`      // of the device
	History     uint64 `json:"history"`          // how often a stream's history gave way
}

// maxLives bounds what is remembered; who comes from before begins again.
const maxLives = 256

// Now is what tells one life from the next.
type Now struct {
	Incarnation uint32 // of the device
	History     uint64 // how often a stream's history gave way
	Renewed     uint32 // the incarnation with which a restore last began; 0: none
	Kept        uint64 // the last arrival that the restore found
}

// lives are those of a journal, the last the present one.
type lives []life

func readLives(tx *journal.Tx) (all lives, err error) {
	raw, err := tx.Table(livesTable).Get(livesKey)
	if err != nil || raw == nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &all); err != nil || len(all) == 0 {
		return nil, fault.New(fault.Damaged, "the lives of the journal are not in form")
	}
	return all, nil
}

// present reports whether the last life is still the one of now.
func (all lives) present(now Now) bool {
	if len(all) == 0 {
		return false
	}
	last := all[len(all)-1]
	return last.Incarnation == now.Incarnation && last.History == now.History
}

// begin begins a life. It goes on from the one before where a restore has kept its
// beginning; where arrivals were replaced or lost in another way, nobody knows which of
// those told are gone, and whoever watches begins again.
func (all lives) begin(now Now) (lives, error) {
	name := make([]byte, lifeBytes)
	if _, err := rand.Read(name); err != nil {
		return nil, fault.As(fault.Internal, "name a life of the journal", err)
	}
	next := life{Name: hex.EncodeToString(name), Incarnation: now.Incarnation, History: now.History}
	if n := len(all); n > 0 && now.Renewed == now.Incarnation && all[n-1].History == now.History {
		next.Parent, next.Parted = all[n-1].Name, now.Kept
	}
	all = append(all, next)
	return all[max(0, len(all)-maxLives):], nil
}

// save keeps them.
func (all lives) save(tx *journal.Tx) error {
	raw, err := json.Marshal(all)
	if err != nil {
		return fault.As(fault.Internal, "write the lives of the journal", err)
	}
	return tx.Table(livesTable).Put(livesKey, raw)
}

// goOn is where a position goes on in the present life: at the lowest arrival at which
// a life between parted. It returns NotFound for a position of no life that leads
// here, or that is ahead of the journal.
func (all lives) goOn(p Position, last uint64) (Position, error) {
	again := fault.New(fault.NotFound, "the position is of a journal that is no more").WithHint("begin again, without a position: every record comes once, and what you have and does not come is gone")
	i := len(all) - 1
	for at := p.Arrival; i >= 0; {
		if all[i].Name == p.Life {
			if at > last {
				return p, again
			}
			return Position{Life: all[len(all)-1].Name, Arrival: at, Day: p.Day}, nil
		}
		if all[i].Parent == "" {
			break
		}
		at = min(at, all[i].Parted)
		i = all.index(all[i].Parent)
	}
	return p, again
}

func (all lives) index(name string) int {
	for i := range all {
		if all[i].Name == name {
			return i
		}
	}
	return -1
}

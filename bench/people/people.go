// Package people makes the work that all measures share: made-up persons, as
// changes and as the JSON that the peers take.
package people

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"tongbu/internal/change"
	"tongbu/internal/sample"
	"tongbu/internal/tree"
)

const seed = 2025

// recorded is when the persons are entered: the same in each run.
var recorded = time.Date(2025, 3, 10, 8, 0, 0, 0, time.UTC)

var maker = sample.NewMaker(seed)

// Person is one made-up person.
type Person struct {
	ID     string // as the product makes them, from a UUID of version 7
	Object map[string]any
}

// In makes up n persons of a community, household by household. The same
// arguments give the same persons.
func In(u tree.Unit, n int) []Person {
	ids := newIDs(u)
	persons := make([]Person, 0, n+5)
	for h := 0; len(persons) < n; h++ {
		home := ids.next()
		for _, p := range maker.Household(u.Code, h).Persons {
			object := survey(p.Object)
			object["household"] = home
			persons = append(persons, Person{ID: ids.next(), Object: object})
		}
	}
	return persons[:n]
}

// kept are the fields that a survey fills for everybody or that some have;
// with them a record has about 300 bytes.
var kept = []string{"name", "id_number", "sex", "birth_date", "hukou", "hukou_address", "education", "marital", "relation", "status",
	"job_wish", "recorded_on", "phone", "first_work_date", "skill", "skill_level", "hardship"}

func survey(from map[string]any) map[string]any {
	object := make(map[string]any, len(kept))
	for _, name := range kept {
		if v, ok := from[name]; ok {
			object[name] = v
		}
	}
	return object
}

// ids makes names of a unit's records from a seed: UUIDs of version 7 (RFC
// 9562), some seconds apart.
type ids struct {
	*rand.Rand
	unit change.UnitID
	at   time.Time
}

func newIDs(u tree.Unit) *ids {
	n := uint64(0)
	for _, c := range u.Code {
		n = n*10 + uint64(c-'0')
	}
	return &ids{Rand: rand.New(rand.NewPCG(seed, n)), unit: u.ID, at: recorded}
}

func (r *ids) next() string {
	r.at = r.at.Add(time.Duration(5+r.IntN(60)) * time.Second)
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], uint64(r.at.UnixMilli())<<16|0x7000|r.Uint64()&0xfff)
	binary.BigEndian.PutUint64(u[8:], 0x8000000000000000|r.Uint64()>>2)
	return string(change.NewRecordID(r.unit, u))
}

// Change is the person's first change.
func (p Person) Change() *change.Change {
	fields := make(map[string]change.Value, len(p.Object))
	for name, v := range p.Object {
		fields[name] = value(v)
	}
	return &change.Change{Kind: "person", Record: change.RecordID(p.ID), Fields: change.FieldsOf(fields), Actor: "clerk", At: recorded.UnixMilli()}
}

// JSON is the object with its id, as a peer takes it.
func (p Person) JSON() []byte {
	object := maps.Clone(p.Object)
	object["id"] = p.ID
	return written(object)
}

// New is the object as a clerk's program puts it: the id is made by the node.
func (p Person) New() []byte { return written(p.Object) }

func written(object map[string]any) []byte {
	raw, err := json.Marshal(object)
	if err != nil {
		panic(err) // strings, booleans and lists of strings
	}
	return raw
}

func value(v any) change.Value {
	switch x := v.(type) {
	case string:
		return change.Text(x)
	case bool:
		return change.Bool(x)
	case json.Number:
		n, _ := x.Int64()
		return change.Int(n)
	case []any:
		items := make([]string, len(x))
		for i := range x {
			items[i] = fmt.Sprint(x[i])
		}
		return change.Set(items)
	}
	panic(fmt.Sprintf("a value of type %T", v))
}

// Encode encodes the first changes of persons.
func Encode(persons []Person) ([][]byte, error) {
	encoded := make([][]byte, len(persons))
	for i, p := range persons {
		var err error
		if encoded[i], err = p.Change().Encode(); err != nil {
			return nil, err
		}
	}
	return encoded, nil
}

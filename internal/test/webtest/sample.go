package webtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/sample"
	"tongbu/internal/test/kit"
)

// Family is a household that was recorded, with those who live there.
type Family struct {
	ID      change.RecordID
	Fields  map[string]any // as they were put
	Members []Member       // the head first
}

// Member is a person of a family.
type Member struct {
	ID     change.RecordID
	Name   string
	Number string // ID number
	Phone  string // "": none
	Fields map[string]any
}

// Put records objects of a kind, as JSON, and returns their ids.
func (s *Station) Put(kind string, objects ...map[string]any) (ids []change.RecordID) {
	s.tb.Helper()
	var lines strings.Builder
	for _, o := range objects {
		line, err := json.Marshal(o)
		if err != nil {
			s.tb.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	for _, w := range kit.MustPut(s.tb, s.Replica, kind, lines.String()) {
		ids = append(ids, w.ID)
	}
	return ids
}

// Household records the made-up household of a number, from 0: the same number is always
// the same household. Some have one member, some six.
func (s *Station) Household(n int) Family {
	s.tb.Helper()
	made := sample.NewMaker(1).Household(kit.First.Code, n)
	f := Family{ID: s.Put("household", withID(made.Record))[0], Fields: made.Object}
	for _, p := range made.Persons {
		m := Member{Name: fmt.Sprint(p.Object["name"]), Number: fmt.Sprint(p.Object["id_number"]), Fields: p.Object}
		m.Phone, _ = p.Object["phone"].(string)
		m.ID = s.Put("person", withID(p))[0]
		f.Members = append(f.Members, m)
	}
	return f
}

// Events records of a member of a family, by place, what brings a person into the ledgers:
// the loss of the work, its registration, a search for work and a visit at home.
func (s *Station) Events(f Family, member int) {
	s.tb.Helper()
	who := string(f.Members[member].ID)
	s.Put("unemployment", map[string]any{"person": who, "on": "2026-12-20", "reason": "30", "employer_name": "第二棉纺厂"})
	s.Put("registration", map[string]any{"person": who, "on": "2026-12-22", "certificate_no": "01-26-0418", "promise": true})
	s.Put("job_seeking", map[string]any{"person": who, "on": "2026-12-23", "pay": json.Number("220000")})
	s.Put("visit", map[string]any{"household": string(f.ID), "person": who, "on": "2026-12-28"})
}

func withID(r sample.Record) map[string]any {
	o := maps.Clone(r.Object)
	o["id"] = r.ID
	return o
}

// Package census makes up the households of a community with those who live in them, as
// they are today, and what happened to them in the year after their census.
package census

import (
	"encoding/json"
	"maps"
	"strconv"

	"tongbu/internal/sample"
	"tongbu/internal/schema"
)

// Family is a made-up household and who lives in it, by the names of fields.
type Family struct {
	Home    map[string]any
	Members []map[string]any
}

// seed of all that is made up: the same in each run.
const seed = 2026

var maker = sample.NewMaker(seed)

// New makes up household n of a community. The sample's people are born around 1900, and
// few rules of work are about them: here they are of today.
func New(community string, n int) Family {
	made := maker.Household(community, n)
	f := Family{Home: maps.Clone(made.Object)}
	people := made.Persons
	if len(people) > 3 { // a household has 2.65 members then, as one of a city has
		people = people[:len(people)-1]
	}
	f.Home["people"] = json.Number(strconv.Itoa(len(people)))
	for _, p := range people {
		f.Members = append(f.Members, ofToday(p.Object))
	}
	f.Home["head_id_number"] = f.Members[0]["id_number"]
	return f
}

// later is by how many years a generation is later than the sample has it, by the
// relation to the head: parents are over 80 then, heads about 50 and children about
// 30. Leap years stay leap years.
func later(relation any) int {
	switch relation {
	case "51", "52":
		return 40
	case "20", "30":
		return 92
	}
	return 72
}

func ofToday(person map[string]any) map[string]any {
	p := maps.Clone(person)
	years := later(p["relation"])
	for _, name := range []string{"birth_date", "first_work_date"} {
		if day, ok := p[name].(string); ok {
			p[name] = shifted(day[:4], years) + day[4:]
		}
	}
	number := p["id_number"].(string)
	p["id_number"] = renumbered(number, years)
	if certificate, ok := p["disability_cert"].(string); ok {
		p["disability_cert"] = p["id_number"].(string) + certificate[len(number):]
	}
	return p
}

func shifted(year string, by int) string {
	n, _ := strconv.Atoi(year) // the sample's dates are dates
	return strconv.Itoa(n + by)
}

// withdrawn are codes of areas that ended in 1982, before there were ID numbers, in
// the place of the sample's: a number of such an area is valid and nobody's.
var withdrawn = map[string]string{"420202": "132102", "420203": "132103", "420204": "132104", "420205": "132105",
	"420222": "132106", "420281": "132134"}

// renumbered is the number of a person who was born some years later, in a withdrawn
// area.
func renumbered(number string, years int) string {
	body := withdrawn[number[:6]] + shifted(number[6:10], years) + number[10:17]
	for _, check := range "0123456789X" {
		if _, err := schema.ParseID(body + string(check)); err == nil {
			return body + string(check)
		}
	}
	return number // no number of 17 digits is without its check character
}

package sample

import (
	"maps"
	"strconv"
)

// OfToday is a made-up household with people of today: the sample's are born around 1900,
// and few rules of work are about them. Their ID numbers are of areas that ended in 1982,
// before there were such numbers, so they are valid and nobody's. An area of which no
// such place is known is left as it is, with its people.
func OfToday(h Household) Household {
	today := Household{Record: Record{ID: h.ID, Object: maps.Clone(h.Object)}, Persons: make([]Record, len(h.Persons))}
	for i, p := range h.Persons {
		today.Persons[i] = Record{ID: p.ID, Object: bornLater(p.Object)}
	}
	if len(today.Persons) > 0 {
		today.Object["head_id_number"] = today.Persons[0].Object["id_number"]
	}
	return today
}

// later is by how many years a generation is later than the sample has it, by the
// relation to the head: parents are over 80 then, heads about 50 and children about 30.
// Leap years stay leap years.
func later(relation any) int {
	switch relation {
	case "51", "52":
		return 40
	case "20", "30":
		return 92
	}
	return 72
}

func bornLater(person map[string]any) map[string]any {
	p, years := maps.Clone(person), later(person["relation"])
	number, _ := p["id_number"].(string)
	area := withdrawn[number[:min(6, len(number))]]
	if area == "" {
		return p
	}
	for _, name := range []string{"birth_date", "first_work_date"} {
		if day, ok := p[name].(string); ok {
			p[name] = shifted(day[:4], years) + day[4:]
		}
	}
	body := area + shifted(number[6:10], years) + number[10:17]
	p["id_number"] = body + checkCharacter(body)
	if certificate, ok := p["disability_cert"].(string); ok {
		p["disability_cert"] = body + checkCharacter(body) + certificate[len(number):]
	}
	return p
}

func shifted(year string, by int) string {
	n, _ := strconv.Atoi(year) // the sample's dates are dates
	return strconv.Itoa(n + by)
}

// withdrawn are codes of areas that ended in 1982 in the place of the sample's.
var withdrawn = map[string]string{"420202": "132102", "420203": "132103", "420204": "132104", "420205": "132105",
	"420222": "132106", "420281": "132134"}

package lookup

import (
	"net/url"

	"tongbu/internal/fault"
	"tongbu/node/people"
	"tongbu/node/web/visit"
)

// counter is the page of the counter: one search, or the tasks without one.
type counter struct {
	Found results
	Asked bool
}

func showCounter(v *visit.Visit) error {
	return v.Page("counter", "lookup/counter", counter{Found: results{Writes: v.Who.Role.May(people.Write)}})
}

// searchCounter finds who stands at the counter. Who presses Enter and finds one person
// alone serves that one at once; what is asked while somebody types is put into the page
// and is the list, of one person too.
func searchCounter(v *visit.Visit) error {
	found, err := find(v, v.R.PostFormValue("q"))
	if err != nil {
		return err
	}
	rows := found.Rows[:0:0]
	for _, h := range found.Rows {
		if h.Person {
			rows = append(rows, h)
		}
	}
	found.Rows = rows
	if v.IsShard() {
		return v.Shard("lookup/counter", "served", counter{Found: found, Asked: true})
	}
	if len(rows) == 1 && !found.More {
		return v.Go("/counter/" + url.PathEscape(rows[0].ID))
	}
	return v.Page("counter", "lookup/counter", counter{Found: found, Asked: true})
}

// serving is what one person may have done.
type serving struct {
	person
	State string
}

func serve(v *visit.Visit) error {
	p, err := readPerson(v)
	if err != nil {
		return notFoundInstead(err)
	}
	s := serving{person: p}
	if len(p.Fields) > 0 {
		s.State = p.Fields[0].Text
	}
	return v.Page("counter", "lookup/serve", s)
}

// notFoundInstead says of an id that is none what is said of one that nobody has.
func notFoundInstead(err error) error {
	if fault.Of(err) == fault.Invalid {
		return visit.NotFound()
	}
	return err
}

package account

import (
	"context"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/node/replica"
)

// Asked says which accounts are to be held against others. The zero value means all, each
// for the day that was said last.
type Asked struct {
	On   string        // day; what was said for another one is not comparable
	Unit change.UnitID // "": all
}

// Compared is what one device has said of a unit beside what is held here.
type Compared struct {
	Unit     string          `json:"unit"` // division code
	Name     string          `json:"name"`
	On       string          `json:"on"`       // day of what is here
	SaidOn   string          `json:"said_on"`  // day of what was said
	Position string          `json:"position"` // of what is here: the beginning of its hash
	Records  int             `json:"records"`
	Derived  int             `json:"derived"`
	Against  change.DeviceID `json:"against"`
	Said     int             `json:"said"` // records, by that device
	Result   digest.Result   `json:"result"`
	By       string          `json:"by,omitempty"`
}

// Compare holds what devices have said against what is here, by unit and device. It
// returns Invalid for a day that the calendar does not have.
func Compare(ctx context.Context, at *replica.Replica, books Books, asked Asked) ([]Compared, error) {
	c := comparison{at: at, books: books, asked: asked, made: map[accounted]digest.Account{}, all: []Compared{}}
	var words []word
	err := books.Said(ctx, func(r *merge.Record) error {
		w, err := readWord(r)
		if err == nil && (asked.Unit == "" || asked.Unit == w.of) {
			words = append(words, w)
		}
		return nil // one that cannot be read says nothing; the record's rules have refused it
	})
	for i := 0; err == nil && i < len(words); i++ {
		err = c.add(ctx, words[i])
	}
	slices.SortFunc(c.all, func(a, b Compared) int {
		if a.Unit != b.Unit {
			return strings.Compare(a.Unit, b.Unit)
		}
		return strings.Compare(string(a.Against), string(b.Against))
	})
	return c.all, fault.Wrap("compare digests", err)
}

// comparison makes each account once.
type comparison struct {
	at    *replica.Replica
	books Books
	asked Asked
	made  map[accounted]digest.Account
	all   []Compared
}

type accounted struct {
	unit change.UnitID
	day  string
}

func (c *comparison) add(ctx context.Context, w word) (err error) {
	of := accounted{w.of, w.Day}
	if c.asked.On != "" {
		of.day = c.asked.On
	}
	a, made := c.made[of]
	if !made {
		if a, err = c.books.Account(ctx, of.unit, of.day); err != nil {
			return err
		}
		c.made[of] = a
	}
	result, by := a.Compare(w.Account)
	c.all = append(c.all, Compared{Unit: c.at.Members.Code(w.of), Name: c.at.Members.Name(w.of), On: of.day, SaidOn: w.Day, Position: short(a.Position),
		Records: a.Records, Derived: a.Rows, Against: w.device, Said: w.Records, Result: result, By: by})
	return nil
}

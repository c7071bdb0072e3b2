package census

import (
	"cmp"
	"slices"
	"strconv"

	"tongbu/internal/facts"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// perPrint is how many forms stand on one page: many more take a browser too long.
const perPrint = 20

// printed are forms to take along.
type printed struct {
	Round        round
	Forms        []form
	By, At       string
	Back         string
	From, To, Of int
	Before, Next string
}

// form is the form of a home with what is known.
type form struct {
	Name, Address, FormNo string
	Fields                []known
	Columns               []string
	Members               [][]string
	Blank                 []int // empty lines for members who are new
}

// known is a field of the household as it stands, with room for what it is now.
type known struct{ Label, Text string }

// Fields that the paper shows.
var (
	homeFields   = []string{"booklet_no", "phone", "people", "estate", "building", "residence", "housing", "low_income", "low_income_cert", "low_income_amount", "income_per_head", "income_source", "kinds"}
	memberFields = []string{"name", "relation", "sex", "id_number", "education", "health", "status", "employer_name", "labour_ability", "job_wish", "wish_occupation_1", "phone"}
)

// blankLines are for members who are not recorded yet.
const blankLines = 2

func printForms(v *visit.Visit) error {
	r, err := roundOf(v)
	if err != nil {
		return err
	}
	asked := partOf(v)
	n, _ := strconv.Atoi(v.R.URL.Query().Get("part")) // what is no number is the first
	n = min(max(n, 1), 1<<20)
	e, err := v.Site.Desk.Part(v.Ctx(), desk.Table{Kind: facts.CensusForm, Where: r.where(asked.where), Order: "estate", Called: []string{}}, (n-1)*perPrint, perPrint, nil, v.Asker("print census forms"))
	if err != nil {
		return err
	}
	if n > 1 && len(e.Part) == 0 {
		return visit.NotFound()
	}
	p := printed{Round: r, By: v.Who.Name, At: v.Now().Format("2006-01-02 15:04"), Back: shown(r.Href, asked), From: (n-1)*perPrint + 1, To: (n-1)*perPrint + len(e.Part), Of: e.Rows}
	for _, row := range e.Part {
		f, err := formOf(v, row)
		if err != nil {
			return err
		}
		p.Forms = append(p.Forms, f)
	}
	at := shown(path(r.ID, "/print"), asked)
	if n > 1 {
		p.Before = numbered(at, n-1)
	}
	if p.To < p.Of {
		p.Next = numbered(at, n+1)
	}
	return v.Page("households", "census/print", p)
}

func numbered(at string, n int) string {
	mark := "?"
	if slices.Contains([]byte(at), '?') {
		mark = "&"
	}
	return at + mark + "part=" + strconv.Itoa(n)
}

// formOf reads a home with its members.
func formOf(v *visit.Visit, row *desk.Shown) (f form, err error) {
	id, _ := row.Fields["household"].(string)
	ofHome, _ := v.Site.Replica.Schema.Kind("household")
	ofPerson, _ := v.Site.Replica.Schema.Kind("person")
	filter, by := strconv.Quote(id), v.Asker("print census forms")
	err = v.Site.Desk.List(v.Ctx(), "household", "id = "+filter, by, func(shown *desk.Shown) error {
		of := func(field string) string { return text(v, ofHome, shown.Fields, field) }
		f.Name, f.Address, f.FormNo = of("head_name"), of("address"), of("form_no")
		for _, name := range homeFields {
			f.Fields = append(f.Fields, known{v.Label(labelOf(ofHome, name)), of(name)})
		}
		return nil
	})
	if err != nil {
		return f, err
	}
	for _, name := range memberFields {
		f.Columns = append(f.Columns, v.Label(labelOf(ofPerson, name)))
	}
	var members []*desk.Shown
	err = v.Site.Desk.List(v.Ctx(), "person", "household = "+filter, by, func(shown *desk.Shown) error {
		members = append(members, shown)
		return nil
	})
	slices.SortStableFunc(members, func(a, b *desk.Shown) int { return cmp.Compare(relation(a), relation(b)) })
	for _, m := range members {
		var cells []string
		for _, name := range memberFields {
			cells = append(cells, text(v, ofPerson, m.Fields, name))
		}
		f.Members = append(f.Members, cells)
	}
	f.Blank = make([]int, blankLines)
	return f, err
}

func labelOf(k *schema.Kind, field string) schema.Label {
	f, _ := k.Field(field)
	return f.Label
}

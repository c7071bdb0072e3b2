package lookup

import (
	"strings"

	"tongbu/node/desk"
	"tongbu/node/web/visit"
	"tongbu/node/web/work"
)

// household is the page of a household.
type household struct {
	card
	Missing []string // what the form has not, and what is missing of members
	Number  bool
	Phone   bool
	Visit   string
	Member  string
}

func showHousehold(v *visit.Visit) error {
	page, err := readHousehold(v)
	if err != nil {
		return err
	}
	return v.Page("households", "lookup/household", page)
}

func readHousehold(v *visit.Visit) (page household, err error) {
	c, err := v.Site.Desk.Card(v.Ctx(), householdKind, pathID(v), v.Asker(""))
	if err != nil {
		return page, err
	}
	if page.card, err = cardOf(v, c); err != nil {
		return page, err
	}
	k := kindOf(v, householdKind)
	page.Fields = sayFields(v, k, c.Subject, "unit", "head_name", "valid")
	page.Head = text(v, k, c.Subject.Fields, "address")
	page.Tags = kindTags(v, setOf(c.Subject, "kinds"), isZero(c, c.Subject.ID))
	if low, _ := c.Subject.Fields["low_income"].(bool); low {
		page.Tags = append(page.Tags, tag{"", v.Say("低保", "allowance")})
	}
	if c.Subject.Void {
		page.Tags = append([]tag{{"red", v.Say("已作废", "void")}}, page.Tags...)
	}
	page.Number, page.Phone = c.Subject.Fields["head_id_number"] != nil, c.Subject.Fields["phone"] != nil
	page.Missing = missingOf(v, c)
	page.Visit, page.Member = work.NewPath("visit", c.Subject.ID, nil), visit.RecordPath(householdKind, page.ID)+"/member"
	return page, nil
}

// missingOf are the fields that the form asks of everybody and that are empty.
func missingOf(v *visit.Visit, c *desk.Card) (all []string) {
	var empty []string
	for _, f := range kindOf(v, householdKind).Fields {
		if f.Must != "" && c.Subject.Fields[f.Name] == nil {
			empty = append(empty, v.Label(f.Label))
		}
	}
	if len(empty) > 0 {
		all = append(all, v.Say("户表没填：", "not filled in: ")+strings.Join(empty, v.Say("、", ", ")))
	}
	for _, m := range c.Members {
		one := memberOf(v, c, m)
		if one.Missing != "" {
			all = append(all, one.Name+v.Say(" 六清还差：", ": not clear: ")+one.Missing)
		}
	}
	return all
}

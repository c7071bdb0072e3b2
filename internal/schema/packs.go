package schema

import "tongbu/internal/rulepack"

// packRefused judges the content of a rule pack.
func packRefused(c *Check, r record) *rulepack.Refusal {
	content, is := r.value(c.Field).AsText()
	if !is {
		return nil
	}
	rules := rulepack.Plain()
	return rules.Apply(r.text(c.Other), content)
}

// offRefused judges the days of a year's holidays.
func offRefused(c *Check, r record) *rulepack.Refusal {
	year := r.value(c.Other)
	if !r.has(c.Field) || !year.IsInt() {
		return nil
	}
	_, wrong := rulepack.Off(year.Int(), r.text(c.Field))
	return wrong
}

// workedRefused judges the weekends that are worked. Days off that cannot be read are
// another rule's.
func workedRefused(c *Check, r record) *rulepack.Refusal {
	year := r.value(c.Other)
	if !r.has(c.Field) || !year.IsInt() {
		return nil
	}
	var off []string
	for _, field := range c.Fields {
		days, wrong := rulepack.Off(year.Int(), r.text(field))
		if wrong == nil {
			off = append(off, days...)
		}
	}
	_, wrong := rulepack.Worked(year.Int(), r.text(c.Field), off)
	return wrong
}

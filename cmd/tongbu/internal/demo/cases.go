package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"tongbu/internal/calendar"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/sample"
)

// laidOff is how many people one employer lays off in the story, at each of two
// communities; factory is the employer.
const (
	laidOff = 10
	factory = "楚天机械厂"
)

// months are the month that is over, and the one before it.
type months struct{ before, last string } // YYYY-MM

func (c *City) months() (m months, err error) {
	today, err := c.root.tier.Replica.Day()
	if err != nil {
		return m, err
	}
	last := calendar.AddMonths(today[:8]+"01", -1)
	return months{before: calendar.AddMonths(last, -1)[:7], last: last[:7]}, nil
}

// playCases has a layoff at two communities, of whom the families without anybody at work
// are helped: one in time, one late.
func playCases(ctx context.Context, c *City) (string, error) {
	m, err := c.months()
	if err != nil {
		return "", err
	}
	for _, f := range c.helped() {
		if f.n == 0 {
			c.voice.printLine("%s lays %d people off at %s; a family without anybody at work is found, and the street confirms it", factory, laidOff, f.desk)
			if err := f.layOff(ctx, m.before); err != nil {
				return "", err
			}
		}
		if err := c.help(ctx, f, m); err != nil {
			return "", err
		}
	}
	if err := c.agreed(ctx, m); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s laid off %d people at each of %d communities; of two families without anybody at work one had a job within 20 days of its recognition and one had not; the community, the city and what the city says to the street count the same %d indicators of %s", factory, laidOff, min(2, len(c.desks)), c.figures, m.last), nil
}

// helping is a family of the story, the n-th that was laid off at its community, and the
// day of the month on which it has a job.
type helping struct {
	*desk
	n   int
	day string
}

// own is what the community calls a record of the family.
func (h helping) own(what string) string { return fmt.Sprintf("demo-%s-%d", what, h.n) }

// helped are the two families of the story; where there is one community both are there.
func (c *City) helped() []helping {
	second := helping{desk: c.desks[len(c.desks)-1], day: "15"}
	if len(c.desks) == 1 {
		second.n = 1
	}
	return []helping{{desk: c.desks[0], day: "05"}, second}
}

// layOff records households of one person each, who work, and that they lost it.
func (d *desk) layOff(ctx context.Context, month string) error {
	var homes, people, losses []sample.Record
	for i := range laidOff {
		own := fmt.Sprintf("demo-laid-off-%d", i)
		name := []string{"江", "汪", "彭", "石", "万", "余", "段", "程", "祝", "阮"}[i] + "晓光"
		homes = append(homes, sample.Record{ID: own, Object: map[string]any{"head_name": name, "address": fmt.Sprintf("黄石大道%d号", i+1), "survey_date": month + "-01", "people": 1}})
		people = append(people, sample.Record{ID: own, Object: map[string]any{"household": own, "name": name, "sex": "1", "birth_date": fmt.Sprintf("%d-05-06", 1980+i), "relation": "02",
			"hukou": "10", "labour_ability": "1", "job_wish": "1", "status": "1"}})
		losses = append(losses, sample.Record{ID: own, Object: map[string]any{"person": own, "on": month + "-02", "reason": "20", "employer_name": factory}})
	}
	for _, some := range []struct {
		kind    string
		records []sample.Record
	}{{"household", homes}, {"person", people}, {"unemployment", losses}} {
		if err := d.putRecords(ctx, some.kind, some.records); err != nil {
			return err
		}
	}
	d.households, d.persons = append(d.households, d.names("household", homes)...), append(d.persons, d.names("person", people)...)
	return nil
}

// help takes a family through its procedure, until one of it has a job.
func (c *City) help(ctx context.Context, f helping, m months) error {
	home, code := f.own("laid-off"), f.unit.Code
	step := func(id, step, on, answers string) sample.Record {
		return sample.Record{ID: id, Object: map[string]any{"household": home, "on": on, "family_kind": "02", "step": step, "answers": answers}}
	}
	found := step(f.own("found"), "FOUND", m.before+"-05", "")
	verified := step(f.own("verified"), "VERIFIED", m.before+"-08", found.ID)
	notice := step(f.own("notice"), "PUBLIC_NOTICE", m.before+"-10", verified.ID)
	notice.Object["notice_from"], notice.Object["notice_to"] = m.before+"-10", m.before+"-15"
	if err := f.putRecords(ctx, "family_step", []sample.Record{found, verified, notice}); err != nil {
		return err
	}
	if err := c.recorded(ctx, f.site); err != nil {
		return err
	}
	confirmed := step(f.own("confirmed")+"-"+code, "STREET_CONFIRMED", m.before+"-20", code+":"+notice.ID)
	confirmed.Object["household"], confirmed.Object["id"] = code+":"+home, confirmed.ID
	var line bytes.Buffer
	if err := json.NewEncoder(&line).Encode(confirmed.Object); err != nil {
		return fault.As(fault.Internal, "write a record", err)
	}
	if _, err := put(ctx, f.up.dir, "family_step", &line); err != nil {
		return fault.Wrap("confirm a family", err)
	}
	on := m.last + "-" + f.day
	job := sample.Record{ID: f.own("job"), Object: map[string]any{"person": home, "on": on, "line": "02", "employer_name": "磁湖酒店", "form": "010"}}
	if err := f.putRecords(ctx, "placement", []sample.Record{job}); err != nil {
		return err
	}
	employed := step(f.own("employed"), "ONE_EMPLOYED", on, f.up.unit.Code+":"+confirmed.ID)
	employed.Object["person"] = home
	return f.putRecords(ctx, "family_step", []sample.Record{employed})
}

// agreed waits until the city has both cases as they went, and every tier counts the same.
func (c *City) agreed(ctx context.Context, m months) error {
	for _, f := range c.helped() {
		if err := c.recorded(ctx, f.site); err != nil {
			return err
		}
	}
	of := `recognised_on = "` + m.before + `-20" AND employed_on >= "` + m.last + `-01"`
	for _, want := range []struct {
		filter string
		cases  int
	}{{of, 2}, {of + ` AND late:"family_one"`, 1}} {
		err := c.until(ctx, func(ctx context.Context) (string, error) {
			seen, _, err := listIDs(ctx, c.root, "case", want.filter)
			if err == nil && seen.sum() != want.cases {
				return fmt.Sprintf("the city: want %d cases with %s, got %d", want.cases, want.filter, seen.sum()), nil
			}
			return "", err
		})
		if err != nil {
			return err
		}
	}
	for _, f := range c.helped() {
		if err := c.until(ctx, func(ctx context.Context) (string, error) { return c.sameFigures(ctx, f.desk, m.lastDay()) }); err != nil {
			return err
		}
	}
	return nil
}

// sameFigures says what is wrong when a community, its street and the city count other
// figures of the community.
func (c *City) sameFigures(ctx context.Context, d *desk, day string) (string, error) {
	own, err := c.figuresAt(ctx, d.site, d.unit.Code, day)
	if err != nil {
		return "", err
	}
	c.figures = len(own)
	for _, s := range []*site{d.up, c.root} {
		above, err := c.figuresAt(ctx, s, d.unit.Code, day)
		if err != nil {
			return "", err
		}
		if !slices.Equal(own, above) {
			return fmt.Sprintf("%s and %s count other figures of %s", d, s, d), nil
		}
	}
	return "", nil
}

// figuresAt are the figures of a unit as a site counts them.
func (c *City) figuresAt(ctx context.Context, s *site, unit, day string) (all []string, err error) {
	out, err := c.cfg.Command(ctx, "indicators", "--dir", s.dir, "--scope", unit, "--on", day, "--json")
	if err != nil {
		return nil, fault.Wrap("count figures", err)
	}
	var got struct{ Rows []question.Figure }
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		return nil, fault.As(fault.Internal, "read figures", err)
	}
	for _, f := range got.Rows {
		text, err := json.Marshal(f)
		if err != nil {
			return nil, fault.As(fault.Internal, "read figures", err)
		}
		all = append(all, string(text))
	}
	return all, nil
}

// lastDay is the last one of the month that is over.
func (m months) lastDay() string {
	return calendar.Before(calendar.AddMonths(m.last+"-01", 1))
}

package desk

import (
	"context"
	"strings"

	"tongbu/internal/audit"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/matching"
	"tongbu/internal/question"
	"tongbu/node/replica"
)

// AuditQuestion writes a question about persons into the audit log, refused ones too,
// and returns the outcome; there is no answer that is not in the log. by says who asks;
// a is nil where there is no answer.
func (d *Desk) AuditQuestion(ctx context.Context, by audit.Entry, q question.Question, a *question.Answer, outcome error) error {
	k, ok := d.at.Schema.Kind(q.Kind)
	if !ok || !k.Personal {
		return outcome
	}
	day, err := d.at.Day()
	if err != nil {
		return err
	}
	by.Operator, by.Purpose, by.Act, by.Kind, by.Fields, by.Outcome = q.Operator, q.Purpose, audit.Query, k.Name, q.Select, fault.Of(outcome).String()
	up := replica.LookUp{Entry: by}
	up.Filter = filter.Reading{Tree: d.at.Members.Tree(), Near: by.Unit, Today: day}.Shown(k, q.Filter)
	if q.GroupBy != "" {
		up.Fields = strings.Split(q.GroupBy, ",")
	}
	if a != nil {
		up.Records, up.Count, up.AskedBy = a.Records, len(a.Rows), a.AskedBy
	}
	if err := d.at.Lookups.Append(ctx, up); err != nil {
		return err
	}
	return outcome
}

// AuditMatch writes into the audit log whom an answer about persons and vacancies tells
// of, and returns the outcome; a is nil where there is no answer. by says who asks.
func AuditMatch(ctx context.Context, at *replica.Replica, by audit.Entry, ask matching.Ask, a *matching.Answer, outcome error) error {
	by.Act, by.Kind, by.Outcome = audit.Match, matching.PersonKind, fault.Of(outcome).String()
	up := replica.LookUp{Entry: by}
	if a != nil {
		up.Records, up.Count, up.AskedBy = a.Tells, len(a.Rows), matching.AskedBy()
	}
	if a != nil && ask.Kind == matching.VacancyKind {
		up.Filter = "vacancy = " + string(a.About.ID)
	}
	if err := at.Lookups.Append(ctx, up); err != nil {
		return err
	}
	return outcome
}

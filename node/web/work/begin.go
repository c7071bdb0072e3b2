package work

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// begin goes from a task to the form that does it, begun with what is known; who may not
// do it, or waits for a unit above, is led to the case, else to the person. A task that is
// done meanwhile leads back to the list, which says so.
func begin(v *visit.Visit) error {
	row, err := v.Site.Desk.Get(v.Ctx(), facts.TaskKind, pathID(v), v.Asker("task"))
	switch fault.Of(err) {
	case fault.OK:
	case fault.NotFound, fault.Invalid:
		return v.Go("/tasks?gone=1")
	default:
		return err
	}
	switch to, err := duplicateOf(v, row); {
	case err != nil:
		return err
	case to != "":
		return v.Go(to)
	}
	if textOf(row, personKind) == "" {
		return v.Go(cmp.Or(formOf(v, nil, row, nil), ownRecord(row)))
	}
	kind, id := aboutWhom(row)
	c, err := v.Site.Desk.Card(v.Ctx(), kind, id, v.Asker("task"))
	if err != nil {
		return err
	}
	m := matterOf(c.Cases(), textOf(row, "by"), textOf(row, "case"))
	if to := formOf(v, c, row, m); to != "" {
		return v.Go(to)
	}
	if m != nil {
		return v.Go(casePath(m.ID))
	}
	return v.Go(visit.RecordPath(kind, string(id)))
}

// duplicateOf is the page of the duplicate case that a task is of; "" for any other task.
func duplicateOf(v *visit.Visit, row *desk.Shown) (string, error) {
	if !strings.HasPrefix(textOf(row, "task"), "duplicate_") {
		return "", nil
	}
	name, err := desk.DuplicatesOf(v.Site.Desk).CaseOf(change.RecordID(textOf(row, "by")))
	if err != nil || name == "" {
		return "", err
	}
	return "/duplicate/" + url.PathEscape(name), nil
}

// ownRecord is where a task or a case about no person leads: to the vacancy, the complaint or
// the inspection, of a request for a correction to its page; of the unit itself to what there is to do.
func ownRecord(row *desk.Shown) string {
	if id := textOf(row, "correction"); id != "" {
		return visit.RecordPath(schema.CorrectionRequest, id)
	}
	for _, kind := range []string{"vacancy", "complaint", "inspection"} {
		if id := textOf(row, kind); id != "" {
			return visit.RecordPath(kind, id)
		}
	}
	return "/tasks"
}

// aboutWhom is the household of a task or case that is the household's, else the person.
func aboutWhom(row *desk.Shown) (kind string, id change.RecordID) {
	home := change.RecordID(textOf(row, "household"))
	if isOfFamily(row) && home != "" {
		return householdKind, home
	}
	return personKind, change.RecordID(textOf(row, "person"))
}

// isOfFamily reports whether a task or a case is the household's.
func isOfFamily(row *desk.Shown) bool {
	return textOf(row, "case") == familyFlow || textOf(row, "flow") == familyFlow || ways[textOf(row, "task")].home
}

// matterOf is the case that an event is a step of; nil for none.
func matterOf(all []facts.Matter, event, flow string) *facts.Matter {
	for i := range all {
		m := &all[i]
		if m.Flow.Name != flow {
			continue
		}
		for _, s := range m.Steps {
			if string(facts.EventOf(s.ID)) == event {
				return m
			}
		}
		for _, u := range m.Unheard {
			if string(facts.EventOf(u.ID)) == event {
				return m
			}
		}
	}
	return nil
}

// toldOf is the event of a name on a card; nil: it is not there.
func toldOf(c *desk.Card, id change.RecordID) *desk.Shown {
	at := slices.IndexFunc(c.Said, func(t desk.Told) bool { return t.ID == id })
	if at < 0 {
		return nil
	}
	return c.Said[at].Shown
}

func casePath(id change.RecordID) string { return "/case/" + url.PathEscape(string(id)) }

package screen

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
)

// programme is what the screen shows, as it was read last.
type programme struct {
	desk *desk.Desk
	kind func(name string) *schema.Kind
	now  func() time.Time

	reading  sync.Mutex // held while it is read, and guards what follows
	day      string
	readAt   time.Time
	sections []*section
	station  station
	notices  []notice
	lookedAt time.Time // at persons
}

// The screen asks each few seconds; what it shows is read again only after a while. At
// persons it looks more seldom: each look is an entry of the audit log. A notice that is
// over is gone at once, whenever it was read.
const (
	keepRead   = time.Minute
	keepLooked = 10 * time.Minute
)

// station is where to ask.
type station struct{ phone, hours, address string }

// of returns the sections of a day, with what is known of the station.
func (p *programme) of(ctx context.Context, day, unit string) ([]*section, station, error) {
	p.reading.Lock()
	defer p.reading.Unlock()
	now := p.now()
	if p.sections == nil || p.day != day || now.Sub(p.readAt) >= keepRead || now.Before(p.readAt) {
		if err := p.read(ctx, day, unit, now); err != nil {
			return nil, station{}, err
		}
	}
	return p.sections, p.station, nil
}

func (p *programme) read(ctx context.Context, day, unit string, now time.Time) error {
	changed := p.day != day
	p.day = day
	all := sections()
	for _, read := range []func(context.Context, []*section, string) error{p.readJobs, p.readClasses, p.readPolicies, p.readAwards} {
		if err := read(ctx, all, unit); err != nil {
			return err
		}
	}
	if changed || p.lookedAt.IsZero() || now.Sub(p.lookedAt) >= keepLooked || now.Before(p.lookedAt) {
		found, err := p.readNotices(ctx)
		if err != nil {
			return err
		}
		p.notices, p.lookedAt = found, now
	}
	section := named(all, notices)
	for _, n := range p.notices {
		if c, shown := n.card(day); shown {
			section.cards = append(section.cards, c)
		}
	}
	at, err := p.readStation(ctx, unit)
	if err != nil {
		return err
	}
	p.sections, p.station, p.readAt = all, at, now
	return nil
}

// each calls tell for the records of a kind, void ones left out.
func (p *programme) each(ctx context.Context, kind, where string, by desk.Asker, tell func(record) error) error {
	k := p.kind(kind)
	return p.desk.List(ctx, kind, where, by, func(shown *desk.Shown) error { return tell(record{k, shown}) })
}

// collect are the records of a kind that no person is in, of which keep is true.
func (p *programme) collect(ctx context.Context, kind, where string, keep func(record) bool) (all []record, err error) {
	err = p.each(ctx, kind, where, desk.Asker{}, func(r record) error {
		if keep(r) {
			all = append(all, r)
		}
		return nil
	})
	return all, err
}

func (p *programme) readJobs(ctx context.Context, all []*section, unit string) error {
	found, err := p.collect(ctx, "vacancy", "", func(r record) bool { return r.isOffered(p.day) })
	if err != nil {
		return err
	}
	newest(found, "registered_on", unit)
	section, posts := named(all, jobs), int64(0)
	for _, r := range found {
		if c, shown := r.jobCard(); shown {
			section.cards = append(section.cards, c)
			n, _ := r.number("posts")
			posts += max(n, 1)
		}
	}
	if n := len(section.cards); n > 0 {
		section.note = pages.Text{Zh: fmt.Sprintf("%d 个岗位，招 %d 人", n, posts), En: fmt.Sprintf("%d offers, %d people wanted", n, posts)}
	}
	return nil
}

// countJobs says beside the title what else stands below it: notices of employers, which
// are no vacancies of the station, and what is too much for the screen.
func countJobs(section *section, vacancies int) {
	if n := len(section.cards) - vacancies; n > 0 {
		section.note = joined("，", ", ", section.note, pages.Text{Zh: fmt.Sprintf("%d 则招工通知", n), En: fmt.Sprintf("%d notices", n)})
	}
	if over := len(section.cards) - section.per*section.most; over > 0 {
		section.note.Zh += fmt.Sprintf("，另有 %d 个请到窗口问", over)
		section.note.En += fmt.Sprintf(", ask at the desk about %d more", over)
	}
}

func (p *programme) readClasses(ctx context.Context, all []*section, unit string) error {
	found, err := p.collect(ctx, "training_class", "", func(r record) bool { return r.isOpen(p.day) })
	if err != nil {
		return err
	}
	newest(found, "from", unit)
	for _, r := range found {
		if c, shown := r.classCard(p.day); shown {
			section := named(all, training)
			section.cards = append(section.cards, c)
		}
	}
	return nil
}

// readPolicies reads notices of all kinds, each for the section it belongs to.
func (p *programme) readPolicies(ctx context.Context, all []*section, unit string) error {
	found, err := p.collect(ctx, "notice", "screen = true", func(r record) bool { return r.isPublic(p.day) })
	if err != nil {
		return err
	}
	newest(found, "issued", unit)
	work := named(all, jobs)
	vacancies := len(work.cards)
	for _, r := range found {
		if c, shown := r.noticeCard(p.day); shown {
			section := named(all, noticeSections[r.raw("kind")])
			section.cards = append(section.cards, c)
		}
	}
	countJobs(work, vacancies)
	return nil
}

func (p *programme) readAwards(ctx context.Context, all []*section, unit string) error {
	found, err := p.collect(ctx, "award", "", func(record) bool { return true })
	if err != nil {
		return err
	}
	newest(found, "awarded_on", unit)
	for _, r := range found {
		if c, shown := r.awardCard(); shown {
			section := named(all, awards)
			section.cards = append(section.cards, c)
		}
	}
	return nil
}

// readStation reads where this unit's office is, and when it is open.
func (p *programme) readStation(ctx context.Context, unit string) (at station, err error) {
	found, err := p.collect(ctx, "station", "", func(r record) bool { return r.Unit == unit })
	if err != nil || len(found) == 0 {
		return at, err
	}
	newest(found, "recorded_on", unit)
	r := found[0]
	return station{phone: cleanContact(r.raw("phone")), hours: r.text("hours"), address: r.text("address")}, nil
}

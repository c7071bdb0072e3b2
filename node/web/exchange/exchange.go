// Package exchange is the pages by which records come in and go out as files: tables
// that are imported, empty forms, the stick that carries changes where no line does, and
// backups.
package exchange

import (
	"embed"
	"sync"
	"time"

	"tongbu/internal/fault"
	"tongbu/node/people"
	"tongbu/node/uploads"
	"tongbu/node/web/visit"
	"tongbu/syncer/carry"
)

//go:embed all:pages
var files embed.FS

// Sizes of what comes, in bytes. Of a file that is too large the rest is read and thrown
// away up to maxDrained, so that the browser shows the page that says so and not that the
// connection broke.
const (
	maxDrained = 256 << 20
	maxCarried = 512 << 20
)

type room struct {
	site    *visit.Site
	uploads *uploads.Uploads
	turn    chan struct{} // one import at a time: each takes its memory

	mutex sync.Mutex // guards sent
	sent  *carried   // the last file that was written for a stick
}

// carried is a file that was written for a stick.
type carried struct {
	At      time.Time
	Bytes   int64
	Summary carry.Summary
	Own     int // changes of this computer
}

// Others is how many changes in it came from above.
func (c *carried) Others() int { return c.Summary.Changes - c.Own }

// Add registers the pages.
func Add(s *visit.Site) error {
	r := &room{site: s, uploads: uploads.New(s.Replica), turn: make(chan struct{}, 1)}
	s.Get("/import", people.Read, r.showImport)
	s.Files("/import", people.Write, maxDrained, r.upload)
	s.Get("/import/{id}", people.Write, r.showFile)
	s.Post("/import/{id}/go", people.Write, r.take)
	s.Post("/import/{id}/mend", people.Write, r.mend)
	s.Get("/import/{id}/row/{line}", people.Write, r.showRow)
	s.Post("/import/{id}/row/{line}", people.Write, r.mendRow)
	s.Post("/import/{id}/rejects", people.Write, r.rejects)
	s.Post("/import/{id}/drop", people.Write, r.drop)
	s.Get("/export", people.Read, r.showExport)
	s.Get("/export/template/{kind}", people.Read, r.template)
	s.Get("/stick", people.Read, r.showStick)
	s.Post("/stick/out", people.Write, r.carryOut)
	s.Files("/stick/in", people.Write, maxCarried, r.carryIn)
	s.Post("/stick/backup", people.Lead, r.backup)
	return s.Shell.Add("exchange", files, "pages")
}

// enter waits for the turn to import; leave it by what it returns.
func (r *room) enter(v *visit.Visit) (leave func(), err error) {
	select {
	case r.turn <- struct{}{}:
		return func() { <-r.turn }, nil
	case <-v.Ctx().Done():
		return nil, fault.Wrap("wait for another import", v.Ctx().Err())
	}
}

// Package today is the first page of the day: what waits for a decision, what was
// entered just now and how far it has come.
package today

import (
	"embed"

	"tongbu/node/people"
	"tongbu/node/web/visit"
)

//go:embed pages
var files embed.FS

// Add registers the page.
func Add(s *visit.Site) error {
	s.Get("/{$}", people.Read, show)
	return s.Shell.Add("today", files, "pages")
}

func show(v *visit.Visit) error { return v.Page("today", "today/today", nil) }

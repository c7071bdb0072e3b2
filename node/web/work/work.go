// Package work is what is to be done and how procedures stand: the list of tasks, the way
// from a task to the form that does it, one case with its steps and clocks, and the
// families without anybody at work. What a case is and what is due is judged by flow and
// facts; a page only says it.
package work

import (
	"embed"

	"tongbu/node/people"
	"tongbu/node/web/visit"
)

//go:embed all:pages
var files embed.FS

// Add registers the pages.
func Add(s *visit.Site) error {
	s.Get("/tasks", people.Read, listTasks)
	s.Get("/tasks/{id}", people.Read, begin)
	s.Get("/case/{id}", people.Read, showCase)
	s.Get("/families", people.Read, listFamilies)
	return s.Shell.Add("work", files, "pages")
}

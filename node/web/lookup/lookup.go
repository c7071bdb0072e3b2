// Package lookup is where people and households are found and looked at: the search, the
// list of households, the card of a household, a person, any other record, and the
// counter, where one search leads to all that somebody may have done.
package lookup

import (
	"embed"

	"tongbu/node/people"
	"tongbu/node/web/visit"
)

//go:embed all:pages
var files embed.FS

// Add registers the pages.
func Add(s *visit.Site) error {
	s.Get("/search", people.Read, showSearch)
	s.Post("/search", people.Read, search)
	s.Post("/search/elsewhere", people.Read, searchElsewhere)
	s.Get("/households", people.Read, listHouseholds)
	s.Get("/household/{id}", people.Read, showHousehold)
	s.Get("/person/{id}", people.Read, showPerson)
	s.Post("/person/{id}/number", people.Read, revealOf("person"))
	s.Post("/household/{id}/number", people.Read, revealOf("household"))
	s.Get("/record/{kind}/{id}", people.Read, showRecord)
	s.Get("/counter", people.Read, showCounter)
	s.Post("/counter", people.Read, searchCounter)
	s.Get("/counter/{id}", people.Read, serve)
	return s.Shell.Add("lookup", files, "pages")
}

// Package ledger is the tables of a workstation: the five ledgers, all other kinds of
// records as lists, how they are printed and how they are taken along as files. What is
// chosen stands in the address of a page as codes and days. Persons are covered; their
// full numbers are given by POST alone, with an entry in the audit log.
package ledger

import (
	"embed"
	"strconv"
	"strings"

	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/node/people"
	"tongbu/node/sheet"
	"tongbu/node/web/visit"
)

//go:embed pages
var files embed.FS

// ledgers are the kinds of the five ledgers, in their order.
var ledgers = []string{facts.UnemployedLedger, facts.VacancyLedger, facts.SeekingLedger, facts.TrainingLedger, facts.InsuranceLedger}

// room holds what the pages stand on beside the site.
type room struct {
	turn chan struct{} // one file or print at a time: each takes its memory
}

// Add registers the pages.
func Add(s *visit.Site) error {
	r := &room{turn: make(chan struct{}, 1)}
	for _, base := range []string{"/ledger/{name}", "/list/{name}"} {
		s.Get(base, people.Read, r.tableOrFile)
		s.Post(base, people.Read, r.fullFile)
		s.Get(base+"/print", people.Read, r.printed)
		s.Post(base+"/print", people.Read, r.printed)
	}
	s.Get("/list/{name}/{id}", people.Read, showRecord)
	s.Get("/lists", people.Read, showLists)
	return s.Shell.Add("ledger", files, "pages")
}

// enter waits for the turn to make a file or a print; leave it by what it returns.
func (r *room) enter(v *visit.Visit) (leave func(), err error) {
	select {
	case r.turn <- struct{}{}:
		return func() { <-r.turn }, nil
	case <-v.Ctx().Done():
		return nil, fault.Wrap("wait for another file or print", v.Ctx().Err())
	}
}

// kindOf is the kind that an address names: a ledger by its number, others by their names.
func kindOf(v *visit.Visit) (name, path string) {
	name, _ = cutFormat(v.R.PathValue("name"))
	if !strings.HasPrefix(v.R.URL.Path, "/ledger/") {
		return name, "/list/" + name
	}
	n, err := strconv.Atoi(name)
	if err != nil || n < 1 || n > len(ledgers) || name != strconv.Itoa(n) {
		return "", ""
	}
	return ledgers[n-1], "/ledger/" + name
}

// cutFormat takes the name of a format off that of a table.
func cutFormat(name string) (plain string, f sheet.Format) {
	for _, f := range []sheet.Format{sheet.XLSX, sheet.CSV} {
		if plain, found := strings.CutSuffix(name, "."+string(f)); found {
			return plain, f
		}
	}
	return name, ""
}

// pathOf is where the table of a kind is.
func pathOf(kind string) string {
	for i, name := range ledgers {
		if name == kind {
			return "/ledger/" + strconv.Itoa(i+1)
		}
	}
	return "/list/" + kind
}

// tableOrFile shows a table, or gives it as a file where the address names a format.
func (r *room) tableOrFile(v *visit.Visit) error {
	a, err := readAsk(v)
	if err != nil {
		return err
	}
	if _, format := cutFormat(v.R.PathValue("name")); format != "" {
		return r.file(v, a, format)
	}
	return a.show(v)
}

// fullFile gives a table as a file in which numbers are in full.
func (r *room) fullFile(v *visit.Visit) error {
	_, format := cutFormat(v.R.PathValue("name"))
	if format == "" {
		return visit.NotFound()
	}
	a, err := readAsk(v)
	if err != nil {
		return err
	}
	return r.file(v, a, format)
}

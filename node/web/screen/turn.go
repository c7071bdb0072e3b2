package screen

import "strconv"

// Page is one page of the screen, by which section it is of and its number there.
type Page struct {
	Key string // of the section
	No  int    // from 1
	Of  int    // pages of the section
}

// Path is where the page is.
func (p Page) Path() string { return Path + "/" + p.Key + "/" + strconv.Itoa(p.No) }

// order are the pages in which sections are shown, in turn. A section without cards has
// none.
func order(all []*section) (pages []Page) {
	for _, s := range all {
		of := s.pages()
		for no := 1; no <= of; no++ {
			pages = append(pages, Page{Key: s.key, No: no, Of: of})
		}
	}
	return pages
}

// find is where in the turn a page is that somebody asks for. What was there when the
// address was made may be gone: then it is the last page of the section, or the first of
// all. pages is not empty.
func find(pages []Page, key string, no int) int {
	at := 0
	for i, p := range pages {
		if p.Key == key && (p.No <= no || p.No == 1) {
			at = i
		}
	}
	return at
}

// beside are the pages before and after one, around the turn.
func beside(pages []Page, at int) (before, after Page) {
	n := len(pages)
	return pages[(at+n-1)%n], pages[(at+1)%n]
}

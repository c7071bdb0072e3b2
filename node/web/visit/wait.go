package visit

import "tongbu/internal/pages"

// Wait is something that waits for people of the station: a figure that leads to its
// list, and the first few of the list in words.
type Wait struct {
	Menu  string // key of the entry of the menu that counts it; "": none does
	Count int
	Unit  pages.Text // what is counted: 条, 处
	Word  pages.Text // what is to be done with it
	Href  string
	Hot   bool // before all others
	First []WaitItem
}

// WaitItem is one of what waits.
type WaitItem struct {
	Tag   pages.Text
	Red   bool
	Title string // in the language of who is there
	Text  string
	Href  string
	Do    pages.Text // the button
}

// Waits are told by the rooms; each is asked for every page, so it costs no more than a
// look at a count that is kept.
type Waits func(*Visit) ([]Wait, error)

// Waiting is what waits for people, of all rooms.
func (v *Visit) Waiting() ([]Wait, error) {
	var all []Wait
	for _, of := range v.Site.Waits {
		some, err := of(v)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

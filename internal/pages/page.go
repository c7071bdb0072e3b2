package pages

import (
	"time"

	"tongbu/internal/words"
)

// Page is what a layout shows around the main part.
type Page struct {
	Lang  words.Language
	Unit  string    // whose pages they are, as people call it
	Today string    // the day, YYYY-MM-DD
	Now   time.Time // in the zone of the network
	Here  string    // key of the entry of the menu that leads here
	Nav   []Entry
	Me    *Me     // who is here; nil: nobody has signed in
	Line  *Line   // nil: the page has no line bar
	Bare  bool    // without menu and bars: signing in
	Back  string  // address of this page, for who changes the language; without personal data
	Find  *string // what is searched for, on the page that shows what was found; nil: another page
	Main  any     // what the page's own templates show
}

func (p *Page) layout() string {
	if p.Bare {
		return "bare"
	}
	return "layout"
}

// Entry is one entry of the menu.
type Entry struct {
	Key   string
	Href  string
	Word  Text
	Count int // of what somebody must decide; 0: none is shown
}

// Me is who has signed in.
type Me struct {
	Name string
	Role Text
}

// Line is what the line bar says.
type Line struct {
	Up        bool
	Since     time.Duration // how long it has been down
	Pending   uint64        // changes that the next hub does not have
	Received  uint64        // up to which number it has them
	Recorded  uint64        // up to which the city has
	Confirmed time.Time     // when the city was last heard; zero: never
	Parent    Text          // what the next hub is called: 街道, 区
	Clock     Text          // what is wrong with this computer's clock; empty: nothing
	Full      bool          // no new records are accepted
}

// Word is one of the words for how far a record has come.
type Word struct {
	Class string `json:"class"`
	Text  string `json:"text"`
}

// WordOf is the word for a state of a record (desk.Saved and its like): class and text.
func WordOf(l words.Language, state string, parent Text) Word {
	switch state {
	case "saved":
		return Word{"rc", Text{"已保存", "Saved here"}.In(l)}
	case "received":
		return Word{"rc rc2", Text{parent.Zh + "已收", "Received by the " + parent.En}.In(l)}
	case "recorded":
		return Word{"rc rc3", Text{"市已登记", "Recorded by the city"}.In(l)}
	case "refused":
		return Word{"rc rcx", Text{"市退回", "Refused by the city"}.In(l)}
	case "held":
		return Word{"rc rc2", Text{"市待定", "Held by the city"}.In(l)}
	}
	return Word{}
}

package station

import (
	"sync"
	"time"

	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/visit"
)

// unread keeps for a moment what must be read and what was: each page asks for it.
type unread struct {
	mutex sync.Mutex
	at    time.Time // when it was read; zero: it is to be read
	must  []notice  // in force
	read  map[readKey]string
}

// readKey is somebody and an edition of a notice.
type readKey struct{ staff, notice, edition string }

// keepUnread is how late a notice that came down may be counted.
const keepUnread = 10 * time.Second

func (u *unread) forget() {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	u.at = time.Time{}
}

// now is what must be read, and the day on which each edition was by whom.
func (u *unread) now(v *visit.Visit) ([]notice, map[readKey]string, error) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	now := v.Now()
	if since := now.Sub(u.at); !u.at.IsZero() && since >= 0 && since < keepUnread {
		return u.must, u.read, nil
	}
	k, _ := v.Site.Replica.Schema.Kind("notice")
	var must []notice
	err := v.Site.Desk.List(v.Ctx(), "notice", "must_read = true", v.Asker(""), func(shown *desk.Shown) error {
		if n := noticeOf(v, k, shown); !n.Over {
			must = append(must, n)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	read := map[readKey]string{}
	err = v.Site.Desk.List(v.Ctx(), "read_receipt", "", v.Asker(""), func(shown *desk.Shown) error {
		one := receiptOf(shown)
		notice, _ := shown.Fields["notice"].(string)
		read[readKey{one.Staff, notice, one.Edition}] = one.On
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	u.at, u.must, u.read = now, must, read
	return must, read, nil
}

// reading is what who is there has read, and by what name.
type reading struct {
	staff  string
	writes bool
	read   map[readKey]string
}

func (r *room) readBy(v *visit.Visit) (reading, error) {
	_, read, err := r.unread.now(v)
	if err != nil {
		return reading{}, err
	}
	accounts, err := v.Site.People.List()
	return reading{staffName(v.Who, accounts), v.Who.Role.May(people.Write), read}, err
}

// mark says on a notice whether who is there has read it.
func (n *notice) mark(by reading) {
	n.ReadOn = by.read[readKey{by.staff, n.ID, n.Edition}]
	n.Unread = n.MustRead && !n.Over && by.writes && n.ReadOn == ""
}

// unreadBy are the notices that who is there must read and has not.
func (r *room) unreadBy(v *visit.Visit) (mine []notice, err error) {
	if v.Who.Login == "" {
		return nil, nil
	}
	must, _, err := r.unread.now(v)
	if err != nil {
		return nil, err
	}
	by, err := r.readBy(v)
	if err != nil {
		return nil, err
	}
	for _, n := range must {
		if n.mark(by); n.Unread {
			mine = append(mine, n)
		}
	}
	return mine, nil
}

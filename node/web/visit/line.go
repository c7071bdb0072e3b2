package visit

import (
	"fmt"
	"sync"
	"time"

	"tongbu/internal/pages"
	"tongbu/internal/tree"
	"tongbu/node/operate"
)

// bar keeps the last look at the line for a moment: a page asks for it several times.
type bar struct {
	mutex sync.Mutex
	at    time.Time
	line  operate.Line
}

// keepBar is how long a look at the line holds.
const keepBar = 500 * time.Millisecond

func (s *Site) look() operate.Line {
	s.bar.mutex.Lock()
	defer s.bar.mutex.Unlock()
	now := s.Replica.Now()
	if since := now.Sub(s.bar.at); since >= 0 && since < keepBar && s.bar.line.Day != "" {
		return s.bar.line
	}
	line, err := s.Operate.Line()
	if err != nil { // the page says what is known, and the log why
		s.Log.Warn("the line bar cannot be read", "error", err)
		line = s.bar.line
		if line.Now.IsZero() {
			line.Now = now
		}
	}
	s.bar.at, s.bar.line = now, line
	return line
}

// Stale lets the next look be a new one: something was saved.
func (s *Site) Stale() {
	s.bar.mutex.Lock()
	defer s.bar.mutex.Unlock()
	s.bar.at = time.Time{}
}

// Line is what the line bar says.
func (s *Site) Line() *pages.Line {
	l := s.look()
	line := &pages.Line{Up: l.Up, Pending: l.Own.Sent - min(l.Own.AtParent, l.Own.Sent), Received: l.Own.AtParent, Recorded: l.Own.Covered,
		Confirmed: l.Confirmed, Parent: levelText(l.Next), Clock: clockText(l), Full: l.Full}
	if !l.LastSync.IsZero() && !l.Up {
		line.Since = l.Now.Sub(l.LastSync)
	}
	return line
}

// Parent is what the next hub is called.
func (s *Site) Parent() pages.Text { return levelText(s.look().Next) }

func (s *Site) now() time.Time {
	l := s.look()
	return s.Replica.Now().In(l.Now.Location())
}

func (s *Site) today() string { return s.look().Day }

// levelText is what a unit of a level is called in the words for how far something has
// come. A street is the next one until another is known.
func levelText(l tree.Level) pages.Text {
	switch l {
	case tree.City:
		return pages.Text{Zh: "市", En: "city"}
	case tree.District:
		return pages.Text{Zh: "区", En: "district"}
	}
	return pages.Text{Zh: "街道", En: "street"}
}

// clockText says what is wrong with the clock of this computer.
func clockText(l operate.Line) pages.Text {
	if l.Verdict != "wrong" {
		return pages.Text{}
	}
	zh, en, by := "慢", "slow", l.Offset
	if by < 0 {
		zh, en, by = "快", "fast", -by
	}
	return pages.Text{
		Zh: fmt.Sprintf("电脑时钟%s %d 分钟，不影响先后，也不会丢", zh, int(by.Minutes())),
		En: fmt.Sprintf("this PC's clock is %d minutes %s; order and data are not affected", int(by.Minutes()), en),
	}
}

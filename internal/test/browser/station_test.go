package browser_test

import (
	"context"
	"encoding/json"
	"os"
	"sync"
	"testing"

	"tongbu/internal/sample"
	"tongbu/internal/test/line"
	"tongbu/internal/test/proctest"
)

// password is that of every account.
const password = "xiangqian-27-zou"

var workDir = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "tongbu-browser-")
	if err != nil {
		panic(err) // no test can run
	}
	return dir
})

var built = sync.OnceValues(func() (*proctest.Program, error) {
	return proctest.Build(context.Background(), workDir())
})

// city is a network of processes: a city, a district and a street, and stations below
// the street as tests open them. All lines go through proxies.
type city struct {
	*proctest.Network
	tb    testing.TB
	free  []sample.Row // communities that have no station yet
	lines []*line.Proxy
}

// communities is how many of one street have a station at most.
const communities = 10

func foundCity(tb testing.TB) *city {
	tb.Helper()
	program, err := built()
	if err != nil {
		tb.Fatal(err)
	}
	c := &city{tb: tb}
	rows := proctest.Rows([]int{1}, communities)
	c.Network = proctest.FoundHubs(tb, program.With("TONGBU_HEARTBEAT=500ms", "TONGBU_PREFER=1s"), rows, func(listen string) string {
		c.lines = append(c.lines, line.MustProxy(tb, listen))
		return c.lines[len(c.lines)-1].Address()
	})
	for _, row := range rows {
		if row.Level == levelCommunity {
			c.free = append(c.free, row)
		}
	}
	return c
}

const levelCommunity = 5

// cutLines cuts all lines, until mendLines.
func (c *city) cutLines() {
	for _, l := range c.lines {
		l.Refuse(true)
		l.Reset()
	}
}

func (c *city) mendLines() {
	for _, l := range c.lines {
		l.Refuse(false)
	}
}

// station is a community's computer, with its pages.
type station struct {
	*proctest.Tier
	city    *city
	tb      testing.TB
	address string
}

// openStation lets the next community join, and serves its pages.
func (c *city) openStation(tb testing.TB) *station {
	tb.Helper()
	if len(c.free) == 0 {
		tb.Fatalf("the street has %d communities, and each has a station", communities)
	}
	row := c.free[0]
	c.free = c.free[1:]
	return c.openAt(tb, row)
}

// openAt opens another station of a community.
func (c *city) openAt(tb testing.TB, row sample.Row) *station {
	tb.Helper()
	t := c.Add(row)
	c.Join(t)
	pages := c.Ports.Next()
	t.Program = t.Program.With("TONGBU_WEB=" + pages)
	t.Start()
	tb.Cleanup(func() {
		if p := t.Process(); p != nil && !p.Ended() {
			t.Stop()
		}
	})
	return &station{Tier: t, city: c, tb: tb, address: "http://" + pages}
}

// openTab opens a window at the station in which nobody has signed in.
func (s *station) openTab(tb testing.TB) *tab { return openTab(tb, s.address, "zh-CN") }

// head signs in as the head of the station, whose account is made the first time.
func (s *station) head(tb testing.TB) *tab {
	tb.Helper()
	t := s.openTab(tb)
	t.signIn("zhan")
	return t
}

// signIn signs in on the page where people do, or makes the first account there.
func (t *tab) signIn(login string) {
	t.tb.Helper()
	t.open("/signin")
	first := eval[bool](t, `!!document.querySelector("[name=again]")`)
	if first {
		t.fill("[name=name]", "林秀云")
	}
	t.fill("[name=login]", login)
	t.fill("[name=password]", password)
	if first {
		t.fill("[name=again]", password)
	}
	t.click("button.go")
	t.await("the page after signing in", `document.querySelector("header.top .me b")`)
}

// quote writes a text as JavaScript does.
func quote(text string) string {
	raw, _ := json.Marshal(text) // a string is always JSON
	return string(raw)
}

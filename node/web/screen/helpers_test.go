package screen_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongbu/internal/test/kit"
	"tongbu/node"
	"tongbu/node/replica"
)

const host = "127.0.0.1:80"

// hall is a station with a screen.
type hall struct {
	t    testing.TB
	town *kit.Town
	city *replica.Replica
	at   *replica.Replica
	site http.Handler
}

func newHall(t testing.TB) *hall {
	t.Helper()
	town := kit.MustTown(t)
	city := town.MustCity(t)
	h := &hall{t: t, town: town, city: city, at: town.MustReplica(t, city, kit.First)}
	n := node.New(h.at)
	n.People.SetCost(16, 1)
	var err error
	if h.site, err = n.Pages([]string{host}); err != nil {
		t.Fatal(err)
	}
	return h
}

// day is so many days from the town's today.
func (h *hall) day(from int) string {
	return h.town.Clock.Now().AddDate(0, 0, from).UTC().Add(8 * time.Hour).Format(time.DateOnly)
}

// announce has the city say something and brings it here.
func (h *hall) announce(kind string, lines ...string) {
	h.t.Helper()
	kit.MustPut(h.t, h.city, kind, strings.Join(lines, "\n"))
	h.town.MustCarry(h.t, h.city, h.at)
	h.town.Clock.Advance(time.Minute)
}

func (h *hall) put(kind string, lines ...string) {
	h.t.Helper()
	kit.MustPut(h.t, h.at, kind, strings.Join(lines, "\n"))
	h.town.Clock.Advance(time.Minute)
}

func (h *hall) get(path string) (status int, body string) {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Host = host
	r.Header.Set("Accept-Language", "zh")
	w := httptest.NewRecorder()
	h.site.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

var turnsTo = regexp.MustCompile(`data-next="([^"]*)"`)

// all is what a whole turn of the screen shows, page by page.
func (h *hall) all() (pages []string) {
	h.t.Helper()
	seen := map[string]bool{}
	for at := "/screen"; !seen[at]; {
		seen[at] = true
		status, body := h.get(at)
		if status != http.StatusOK {
			h.t.Fatalf("%s: %d\n%s", at, status, body)
		}
		next := turnsTo.FindStringSubmatch(body)
		if next == nil {
			h.t.Fatalf("%s turns to nothing\n%s", at, body)
		}
		pages = append(pages, body)
		at = next[1]
	}
	return pages
}

func (h *hall) whole() string { return strings.Join(h.all(), "\n") }

func (h *hall) want(shown string, texts ...string) {
	h.t.Helper()
	for _, text := range texts {
		if !strings.Contains(shown, text) {
			h.t.Errorf("%q is not shown in\n%s", text, shown)
		}
	}
}

func (h *hall) wantNone(shown string, texts ...string) {
	h.t.Helper()
	for _, text := range texts {
		if strings.Contains(shown, text) {
			h.t.Errorf("%q is shown in\n%s", text, shown)
		}
	}
}

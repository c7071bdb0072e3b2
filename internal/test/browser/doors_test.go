package browser_test

import "testing"

// stories are what people do at a station. Each has a station of its own.
var stories = map[string]func(t *testing.T, s *station){
	"signs_in": signsIn,
}

// TestStories plays each story with the real program in a real browser.
func TestStories(t *testing.T) {
	needChrome(t)
	c := foundCity(t)
	for name, story := range stories {
		t.Run(name, func(t *testing.T) { story(t, c.openStation(t)) })
	}
}

func signsIn(t *testing.T, s *station) {
	w := s.openTab(t)
	w.open("/recent")
	if got := w.path(); got != "/signin" {
		t.Fatalf("a stranger is at %s", got)
	}
	w.signIn("zhan")
	t.Log(w.seen())
}

package entry_test

import (
	"net/url"
	"strings"
	"testing"

	"tongbu/node/people"
)

// asked is the id of the only void that waits for the head.
func (c clerk) asked() string {
	c.t.Helper()
	all, err := c.s.Node.Drafts.Proposals()
	if err != nil || len(all) != 1 {
		c.t.Fatal(all, err)
	}
	return all[0].ID
}

// TestVoidIsAskedAgain: the reason that was typed stands there, whether the head gave it
// back or who asked has taken it back, and the newest one counts.
func TestVoidIsAskedAgain(t *testing.T) {
	c := newClerk(t)
	id, _ := c.household()
	at := "/void/household/" + id
	c.Post(at, url.Values{"reason": {"重复登记"}})
	draft := c.asked()
	got := c.s.As(people.Head).Post("/proposal/"+draft, url.Values{"taken": {"0"}, "word": {"先核对表号"}})
	if !strings.Contains(got.Body, "已退回，这一条照旧有效") {
		t.Errorf("the head is not told: %s", plain(got.Body))
	}
	if got := c.Get("/draft/" + draft); !strings.Contains(got.Body, `name="reason" value="重复登记"`) || !strings.Contains(got.Body, "先核对表号") {
		t.Errorf("of what was returned: %s", plain(got.Body))
	}
	c.Post(at, url.Values{"reason": {"两份表号一样"}})
	if again := c.asked(); again != draft {
		t.Errorf("the same draft is asked again, got %s, want %s", again, draft)
	}
	c.Post("/draft/"+draft+"/back", nil)
	if got := c.Get("/draft/" + draft); !strings.Contains(got.Body, `name="reason" value="两份表号一样"`) {
		t.Errorf("of what was taken back: %s", plain(got.Body))
	}
}

// TestVoidIsSaid: the page of a record says that its void waits, and offers nothing once
// it is void; the head is told what was decided.
func TestVoidIsSaid(t *testing.T) {
	c := newClerk(t)
	home, person := c.household()
	event := string(c.s.Put("unemployment", map[string]any{"person": person, "on": "2026-01-01", "reason": "20"})[0])
	head := c.s.As(people.Head)
	for _, of := range []struct{ ref, page string }{{"unemployment/" + event, "/record/unemployment/" + event}, {"person/" + person, "/person/" + person}, {"household/" + home, "/household/" + home}} {
		c.Post("/void/"+of.ref, url.Values{"reason": {"登记错了"}})
		draft := c.asked()
		if got := c.Get(of.page); !strings.Contains(got.Body, "已请站长作废，还没定") || !strings.Contains(got.Body, "登记错了") || strings.Contains(got.Body, `href="/void/`) {
			t.Errorf("%s does not say that the head is asked: %s", of.page, plain(got.Body))
		}
		page := head.Get(of.page)
		if !strings.Contains(page.Body, `href="/proposal/`+draft) {
			t.Errorf("%s does not lead the head to decide", of.page)
		}
		_, values := form(t, strings.Replace(head.Get("/proposal/"+draft).Body, `class="gap" method`, `id="sheet" method`, 1))
		got := head.Post("/proposal/"+draft, with(values, map[string]string{"taken": "1"}))
		if !strings.Contains(got.Body, "已同意，这一条作废了") {
			t.Errorf("the head is not told: %s", plain(got.Body))
		}
		edit := "/edit/" + of.ref
		for _, path := range []string{of.page, edit} {
			if got := c.Get(path); !strings.Contains(got.Body, "这一条已作废") || strings.Contains(got.Body, `href="/void/`) || strings.Contains(got.Body, "还没定") {
				t.Errorf("%s offers what is done: %s", path, plain(got.Body))
			}
		}
		if got := c.Get(of.page); strings.Contains(got.Body, `data-key="alt+e"`) || strings.Contains(got.Body, `data-key="alt+h">改`) {
			t.Errorf("%s offers to change what is void", of.page)
		}
	}
}

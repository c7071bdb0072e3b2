package entry_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// TestFragmentIsNobody: a fragment that fits one person alone is not taken for that
// person: who is meant may not be here yet.
func TestFragmentIsNobody(t *testing.T) {
	c := newClerk(t)
	_, person := c.household()
	for _, text := range []string{"沈", "syl", "玉兰", "沈玉", "钟楼8号楼3单元202", "0627"} {
		action, values := c.open("/new/training_wish", map[string]string{"0.person~": text})
		got := c.Post(action, values)
		if got.Code != http.StatusUnprocessableEntity || c.count("training_wish") > 0 {
			t.Fatalf("%s: status %d, %d saved", text, got.Code, c.count("training_wish"))
		}
		said := strings.Count(got.Body, `href="#0.person"`)
		if text == "沈" && (said != 1 || strings.Contains(got.Body, "人员：未填写") || !strings.Contains(got.Body, "有一条相近的") || !strings.Contains(got.Body, `value="`+person+`"`)) {
			t.Errorf("%s: one field with %d errors: %s", text, said, plain(got.Body))
		}
	}
	for _, text := range []string{"沈玉兰", number("19740308", 62)} {
		action, values := c.open("/new/training_wish", map[string]string{"0.person~": text})
		if got := c.record("training_wish", c.idOf(c.save(action, values))); got.Fields["person"] != person {
			t.Errorf("%s is about %v", text, got.Fields["person"])
		}
	}
}

// TestNamesakes: two of one name are told apart wherever one of them was chosen.
func TestNamesakes(t *testing.T) {
	c := newClerk(t)
	_, person := c.household()
	other := string(c.s.Put("person", map[string]any{"name": "沈玉兰", "employer_name": "新华书店", "birth_date": "1990-05-06", "hukou_address": "湖滨路1号"})[0])
	action, values := c.open("/new/training_wish", map[string]string{"0.person~": "沈玉兰", "0.on": "三月三"})
	got := c.Post(action, values)
	if !strings.Contains(got.Body, "同名的有几个，请选一个") {
		t.Fatalf("one of two namesakes is taken: %s", plain(got.Body))
	}
	for _, text := range []string{"沈玉兰 1974-03-08 钟楼8号楼3单元202", "沈玉兰 1990-05-06 湖滨路1号"} {
		if !strings.Contains(got.Body, text) {
			t.Errorf("the choices do not say %s: %s", text, plain(got.Body))
		}
	}
	_, values = form(t, got.Body)
	got = c.Post(action, with(values, map[string]string{"0.person": other}))
	if !strings.Contains(got.Body, `value="沈玉兰 1990-05-06 湖滨路1号"`) || !strings.Contains(got.Body, other) {
		t.Errorf("who was chosen is not told apart in the form: %s", plain(got.Body))
	}
	if got := c.Get("/drafts"); !strings.Contains(got.Body, "培训意愿 沈玉兰 1990-05-06 湖滨路1号") {
		t.Errorf("nor in the drafts: %s", plain(got.Body))
	}
	for id, text := range map[string]string{person: "沈玉兰 1974-03-08", other: "沈玉兰 1990-05-06"} {
		action, values := c.open("/new/training_wish?of="+id, nil)
		wish := c.idOf(c.save(action, values))
		for _, page := range []string{"/void/person/" + id, "/void/training_wish/" + wish} {
			if got := c.Get(page); !strings.Contains(got.Body, text) {
				t.Errorf("%s does not say which: %s", page, plain(got.Body))
			}
		}
		c.Post("/void/person/"+id, url.Values{"reason": {"重复"}})
		for _, got := range []webtest.Answer{c.Get("/drafts"), c.s.As(people.Head).Get("/drafts"), c.s.As(people.Head).Get("/"), c.s.As(people.Head).Get("/head")} {
			if !strings.Contains(got.Body, "作废：人员 "+text) {
				t.Errorf("the void does not say which: %s", plain(got.Body))
			}
		}
	}
}

// TestDraftIsTitledForTheReader: the list of drafts is in the reader's language, whatever
// the form was typed in, and has no part of an ID number.
func TestDraftIsTitledForTheReader(t *testing.T) {
	c := newClerk(t)
	id, _ := c.household()
	for _, typed := range []map[string]string{{"0.head_name": "顾晓420202"}, {"0.head_name": "4202021974", "0.address": "湖滨路1号"}} {
		action, values := c.open("/household/new", both(family, typed))
		c.Post(action, with(values, map[string]string{"act": "keep"}))
	}
	action, values := c.open("/new/training_wish", map[string]string{"0.person~": "42020219740308"})
	c.Post(action, with(values, map[string]string{"act": "keep"}))
	c.Post("/void/household/"+id, url.Values{"reason": {"重复"}})
	for lang, titles := range map[string][]string{"": {"家庭 顾晓", "家庭 湖滨路1号", "培训意愿", "作废：家庭 沈玉兰"}, "en": {"household 顾晓", "household 湖滨路1号", "training wish", "Void: household 沈玉兰"}} {
		c.SetCookie("tongbu-lang", lang)
		for _, page := range []string{"/drafts", "/"} {
			got := c.Get(page)
			for _, title := range titles {
				if !strings.Contains(got.Body, title) {
					t.Errorf("%s in %q does not say %q: %s", page, lang, title, plain(got.Body))
				}
			}
			if strings.Contains(got.Body, "4202") {
				t.Errorf("%s has a part of a number", page)
			}
		}
	}
}

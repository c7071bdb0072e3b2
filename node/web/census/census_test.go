package census_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// world is a station with two homes, entered a month before the street sends a round down.
type world struct {
	*webtest.Station
	home, other, person change.RecordID
	round               change.RecordID
}

func newWorld(t *testing.T) *world {
	t.Helper()
	tiers := kit.MustTiers(t)
	w := &world{Station: webtest.Open(t, tiers.Town, tiers.City, tiers.Node)}
	homes := w.Put("household", map[string]any{"id": "h-1", "head_name": "郭长海", "address": "湖滨路1号", "phone": "13912345678", "survey_date": "2026-01-01"}, map[string]any{"id": "h-2", "head_name": "周平", "address": "湖滨路2号", "survey_date": "2026-01-01"})
	w.home, w.other = homes[0], homes[1]
	w.person = w.Put("person", map[string]any{"name": "郭长海", "id_number": "110101199001011237", "household": string(w.home), "relation": "02", "sex": "1", "birth_date": "1990-01-01", "education": "61"})[0]
	w.Put("person", map[string]any{"name": "周平", "household": string(w.other), "relation": "02", "sex": "1"})
	tiers.Clock.Advance(31 * 24 * time.Hour)
	from := tiers.Node.Now().AddDate(0, 0, -2).Format(time.DateOnly)
	w.round = kit.MustPut(t, tiers.Street, "campaign", `{"name":"第八轮普查","kind":"01","from":"`+from+`","to":"2099-12-31","state":"3"}`)[0].ID
	tiers.MustCarry(t, tiers.Street, tiers.Node)
	return w
}

func (w *world) path(below string) string {
	return "/campaign/" + url.PathEscape(string(w.round)) + below
}

// TestRound: the homes of the area are the forms of a round, each with the way to visit it
// and to enter it; a viewer has neither.
func TestRound(t *testing.T) {
	w := newWorld(t)
	clerk := w.As(people.Operator)
	webtest.Want(t, clerk.Get("/campaigns"), []string{"第八轮普查", `<td class="n">2</td>`})
	got := clerk.Get(w.path(""))
	webtest.Want(t, got, []string{"郭长海", "周平", "已下发", "/household/" + string(w.home) + "/edit", "campaign=" + url.QueryEscape(string(w.round))}, "13912345678")
	webtest.Want(t, w.As(people.Viewer).Get(w.path("")), []string{"郭长海"}, "/new/visit")
	form := clerk.Get("/new/visit?" + url.Values{"of": {string(w.home)}, "kind": {"1"}, "campaign": {string(w.round)}}.Encode())
	webtest.Want(t, form, []string{"第八轮普查"})
	day, err := w.Node.Replica.Day()
	if err != nil {
		t.Fatal(err)
	}
	for back := range 3 { // of three days: several of one day are one
		w.Put("visit", map[string]any{"household": string(w.other), "on": calendar.AddDays(day, -back), "kind": "1", "result": "2", "next_on": day, "campaign": string(w.round), "visited_by": "王芳"})
	}
	w.Put("visit", map[string]any{"household": string(w.home), "on": day, "kind": "1", "result": "1", "answer": "2", "campaign": string(w.round), "visited_by": "王芳"})
	webtest.Want(t, clerk.Get(w.path("?show=vain")), []string{"周平", "三次未见到"}, "郭长海")
	webtest.Want(t, clerk.Get(w.path("?show=filled")), []string{"郭长海", "有变化"}, "<b>周平</b>")
	webtest.Want(t, clerk.Get("/tasks"), []string{"普查三次未见到的家庭"})
	for _, none := range []string{"/campaign/none", "/campaign/" + string(w.home)} {
		if got := clerk.Get(none); got.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", none, got.Code)
		}
	}
}

// TestCompared: a home shows what each field said before the round began, and now.
func TestCompared(t *testing.T) {
	w := newWorld(t)
	w.Put("household", map[string]any{"id": string(w.home), "address": "湖滨路88号", "people": 3})
	w.Put("person", map[string]any{"id": string(w.person), "education": "20"})
	w.Put("person", map[string]any{"name": "郭小明", "household": string(w.home), "relation": "20", "sex": "1"})
	got := w.As(people.Viewer).Get(w.path("/home/" + url.PathEscape(string(w.home))))
	webtest.Want(t, got, []string{"<td>湖滨路1号</td><td><b>湖滨路88号</b>", "郭小明", "普查中新登记", "2 项有变化", "1 项有变化"}, "13912345678", "19900101")
	other := w.As(people.Viewer).Get(w.path("/home/" + url.PathEscape(string(w.other))))
	webtest.Want(t, other, []string{"无变化"}, "项有变化")
}

// TestForms: the forms of several homes are printed with what is known, numbers covered,
// and written into the audit log.
func TestForms(t *testing.T) {
	w := newWorld(t)
	webtest.Want(t, w.As(people.Operator).Get(w.path("/print")), []string{"郭长海", "周平", "湖滨路1号", "户主签名"}, "199001011237")
}

package decide_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// askedWorld is a station that the street has asked for a correction of a person.
type askedWorld struct {
	*webtest.Station
	tiers  *kit.Tiers
	person change.RecordID
}

func newAsked(t *testing.T) *askedWorld {
	t.Helper()
	tiers := kit.MustTiers(t)
	w := &askedWorld{Station: webtest.Open(t, tiers.Town, tiers.City, tiers.Node), tiers: tiers}
	w.person = w.Put("person", map[string]any{"name": "郭长海", "phone": "13912345678", "id_number": "110101199001011237", "education": "61"})[0]
	return w
}

// ask has the street ask, and returns the path of the page.
func (w *askedWorld) ask(t *testing.T, wanted, was string) string {
	t.Helper()
	id := webtest.MustAsk(t, w.tiers, w.person, "郭长海", wanted, was, "空号")
	w.tiers.MustCarry(t, w.tiers.Street, w.tiers.Node)
	return "/correct/" + url.PathEscape(string(id))
}

// TestCorrectPage: the page of the day counts a request; its page shows each field as it was,
// is and is to be, numbers covered; the head takes what is chosen.
func TestCorrectPage(t *testing.T) {
	w := newAsked(t)
	path := w.ask(t, `{"phone":"0714-100000","education":"20","id_number":"110101198201010023"}`, `{"phone":"13912345678","education":"61","id_number":"110101199001011237"}`)
	bad := w.ask(t, `{"education":"20"}`, `{"education":"61"}`)
	head, clerk := w.As(people.Head), w.As(people.Operator)
	webtest.Want(t, head.Get("/"), []string{"更正请求待答复"})
	webtest.Want(t, head.Get("/tasks?task=correction"), []string{"郭长海", "答复更正请求"})
	got := head.Get(path)
	webtest.Want(t, got, []string{"郭长海", "空号", "139****5678", "071****0000", `name="f.phone"`}, "13912345678", "199001011237", "0714-100000")
	webtest.Want(t, clerk.Get(path), []string{"由站长答复"}, `name="do"`)
	webtest.Want(t, clerk.Post(path+"/full", nil), []string{"13912345678", "110101199001011237", "已记入日志"})
	if got := clerk.Post(path, url.Values{"do": {"take"}, "f.phone": {"1"}}); got.Code != http.StatusForbidden {
		t.Errorf("an operator takes: status %d", got.Code)
	}
	for do, why := range map[string]string{"take": "一项都没选", "decline": "什么都没有写入"} {
		if got := head.Post(path, url.Values{"do": {do}}); got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body, why) {
			t.Errorf("%s of nothing: status %d", do, got.Code)
		}
	}
	webtest.Want(t, head.Post(path, url.Values{"do": {"take"}, "f.phone": {"1"}, "version": {formOf(got.Body).Get("version")}, "reason": {"号码无误"}}), []string{"已更正", "号码无误", "071****0000"}, `name="do"`)
	webtest.Want(t, head.Post(bad, url.Values{"do": {"decline"}, "reason": {"毕业证已核对"}}), []string{"不更正", "毕业证已核对"})
	webtest.Want(t, head.Get("/"), []string{"今日"}, "更正请求待答复")
	for _, none := range []string{"/correct/none", "/correct/" + string(w.person)} {
		if got := head.Get(none); got.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", none, got.Code)
		}
	}
}

// TestCorrectOvertaken: what was changed since it was asked is not chosen beforehand; with
// nothing left to correct the request is closed.
func TestCorrectOvertaken(t *testing.T) {
	w := newAsked(t)
	path := w.ask(t, `{"education":"20"}`, `{"education":"61"}`)
	w.Put("person", map[string]any{"id": string(w.person), "education": "30"})
	head := w.As(people.Head)
	webtest.Want(t, head.Get(path), []string{"提出后改过", `name="f.education"`}, " checked")
	w.Put("person", map[string]any{"id": string(w.person), "education": "20"})
	webtest.Want(t, head.Get(path), []string{"没有可更正的", "无需更正，办结"}, `name="f.education"`)
	webtest.Want(t, head.Post(path, url.Values{"do": {"take"}}), []string{"已无需更正"}, `name="do"`)
}

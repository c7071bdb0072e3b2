package transfers_test

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

type world struct {
	*webtest.Station
	tiers        *kit.Tiers
	home, person change.RecordID
}

func newWorld(t *testing.T) *world {
	t.Helper()
	tiers := kit.MustTiers(t)
	w := &world{Station: webtest.Open(t, tiers.Town, tiers.City, tiers.Node), tiers: tiers}
	w.home = w.Put("household", map[string]any{"head_name": "郭长海", "address": "湖滨路8号", "survey_date": "2026-01-05"})[0]
	w.person = w.Put("person", map[string]any{"name": "郭长海", "household": string(w.home), "relation": "02", "id_number": "110101199001011237", "phone": "13912345678"})[0]
	w.Put("person", map[string]any{"name": "郭小海", "household": string(w.home), "relation": "20"})
	return w
}

func wantStatus(t *testing.T, what string, got webtest.Answer, status int, says string) {
	t.Helper()
	if got.Code != status || !strings.Contains(got.Body, says) {
		t.Errorf("%s: status %d at %s, want %d with %q: %.2000s", what, got.Code, got.Path, status, says, got.Body)
	}
}

// TestOffered: an offer is counted and shows what the taker may see; the head answers it, and
// once.
func TestOffered(t *testing.T) {
	w := newWorld(t)
	head, clerk := w.As(people.Head), w.As(people.Operator)
	webtest.Want(t, head.Get("/transfers"), []string{"没有移交"})
	webtest.MustOffered(t, w.tiers, "t-1", nil)
	webtest.MustOffered(t, w.tiers, "t-2", nil)
	w.tiers.Clock.Advance(keep)
	for _, page := range []string{"/", "/decide"} {
		webtest.Want(t, head.Get(page), []string{"迁入待接", `href="/transfers"`})
	}
	webtest.Want(t, head.Get("/transfers"), []string{"钱志远", "从 second 迁来", "书院街12号", "迁入待接", "去答复"})
	webtest.Want(t, clerk.Get("/transfer/t-1"), []string{"0212", "钱志远", "书院街12号", "3 人", "已搬到湖滨路", "由站长答复"}, `name="do"`)
	wantStatus(t, "an operator accepts", clerk.Post("/transfer/t-1", url.Values{"do": {"accept"}}), http.StatusForbidden, "")
	wantStatus(t, "declined without a reason", head.Post("/transfer/t-1", url.Values{"do": {"decline"}, "reason": {" "}}), http.StatusUnprocessableEntity, "写明为什么不接收")
	wantStatus(t, "no such answer", head.Post("/transfer/t-1", url.Values{"do": {"perhaps"}}), http.StatusUnprocessableEntity, "什么都没有写入")
	webtest.Want(t, head.Post("/transfer/t-1", url.Values{"do": {"accept"}}), []string{"已保存接收", "已接收，等市办结"})
	wantStatus(t, "accepted again", head.Post("/transfer/t-1", url.Values{"do": {"accept"}}), http.StatusUnprocessableEntity, "什么都没有写入")
	webtest.Want(t, head.Get("/transfer/t-1"), []string{"已接收，等市办结"}, `name="do"`)
	webtest.Want(t, head.Post("/transfer/t-2", url.Values{"do": {"decline"}, "reason": {"不住这里"}}), []string{"已保存不接收"})
	webtest.Want(t, head.Get("/"), []string{"今日"}, "迁入待接")
	for _, none := range []string{"/transfer/none", "/transfer/%22"} {
		wantStatus(t, none, head.Get(none), http.StatusNotFound, "")
	}
}

// TestOffer: the head offers a household to a community that is named in part, sees what will
// happen, and may take the offer back; who presses twice comes to the same offer.
func TestOffer(t *testing.T) {
	w := newWorld(t)
	head, clerk := w.As(people.Head), w.As(people.Operator)
	path := "/household/" + url.PathEscape(string(w.home))
	webtest.Want(t, head.Get(path), []string{path + "/transfer"})
	webtest.Want(t, clerk.Get(path), []string{"郭长海"}, path+"/transfer")
	wantStatus(t, "an operator asks", clerk.Get(path+"/transfer"), http.StatusForbidden, "")
	webtest.Want(t, head.Get("/transfers/communities"), []string{`data-code="990101001002" data-name="second（湖滨街道）"`, "far away"}, "湖滨社区")
	post := func(more url.Values) webtest.Answer { return head.Post(path+"/transfer", more) }
	wantStatus(t, "none", post(url.Values{"to": {"没有的"}, "reason": {"搬家"}}), http.StatusUnprocessableEntity, "没有这个社区")
	wantStatus(t, "nothing", post(url.Values{"reason": {"搬家"}}), http.StatusUnprocessableEntity, `<option value="990101002001">far away`)
	wantStatus(t, "itself", post(url.Values{"to": {kit.First.Code}, "reason": {"搬家"}}), http.StatusUnprocessableEntity, "没有这个社区")
	wantStatus(t, "no reason", post(url.Values{"to": {"sec"}}), http.StatusUnprocessableEntity, "写明为什么移交")
	wantStatus(t, "a long reason", post(url.Values{"to": {"sec"}, "reason": {strings.Repeat("长", 201)}}), http.StatusUnprocessableEntity, "理由太长")
	before := w.Written()
	webtest.Want(t, post(url.Values{"to": {"sec"}, "reason": {"搬家"}}), []string{"移交给second", "2 人，连同全部记录", "还没有写入", `value="990101001002"`})
	webtest.Want(t, post(url.Values{"to": {"990101001002"}, "reason": {"搬家"}, "do": {"back"}}), []string{"为什么移交", "搬家"})
	if got := w.Written(); got != before {
		t.Errorf("%d changes were written before it was confirmed", got-before)
	}
	for n := range 2 {
		webtest.Want(t, post(url.Values{"to": {"990101001002"}, "reason": {"搬家"}, "do": {"offer"}}), []string{"等市受理"})
		if got := w.Written(); got != before+1 {
			t.Errorf("pressed %d times, %d changes are written", n+1, got-before)
		}
	}
	webtest.Want(t, head.Get("/transfers"), []string{"郭长海", "迁往 second", "湖滨路8号"}, "去答复")
	got := head.Get(path + "/transfer")
	webtest.Want(t, got, []string{"撤回移交", "搬家"})
	webtest.Want(t, clerk.Get(path), []string{"已提出移交，等对方接收"})
	webtest.Want(t, head.Post(got.Path, url.Values{"do": {"withdraw"}}), []string{"已保存撤回"}, "郭长海")
	webtest.Want(t, head.Get(path), []string{path + "/transfer"}, "已提出移交")
	webtest.Want(t, head.Get("/person/"+url.PathEscape(string(w.person))+"/transfer"), []string{"不受理只移交户主"})
}

// TestLeft: of what was given away the pages say where it is, and since when.
func TestLeft(t *testing.T) {
	w := newWorld(t)
	webtest.MustGive(t, w.tiers, "household", w.home, "2027-01-14")
	webtest.MustGive(t, w.tiers, "person", w.person, "2027-01-14")
	head := w.As(people.Head)
	for kind, id := range map[string]change.RecordID{"household": w.home, "person": w.person} {
		for _, path := range []string{"/" + kind + "/" + string(id), "/record/" + kind + "/" + string(id), "/" + kind + "/" + string(id) + "/transfer", "/" + kind + "/" + string(id) + "/edit"} {
			got := head.Get(path)
			wantStatus(t, path, got, http.StatusNotFound, "已移交second")
			wantStatus(t, path, got, http.StatusNotFound, "2027-01-14")
		}
	}
}

// TestHeld: what a former community wrote stands beside what the record says, numbers
// covered; the head takes or drops it.
func TestHeld(t *testing.T) {
	w := newWorld(t)
	word := webtest.MustHold(t, w.tiers, "person", w.person, map[string]change.Value{"phone": change.Text("13700001111"), "education": change.Text("20"), "relation": change.Null})
	head, clerk := w.As(people.Head), w.As(people.Operator)
	webtest.Want(t, head.Get("/"), []string{"移交后的改动待定", `href="/transfers/held"`})
	webtest.Want(t, head.Get("/transfers/held"), []string{"郭长海", "second", "cao", "139****5678", "137****1111", "大学本科", "与户主关系", "采用"}, "13700001111")
	webtest.Want(t, clerk.Get("/transfers/held"), []string{"由站长定"}, `name="do"`)
	wantStatus(t, "an operator takes", clerk.Post("/transfers/held", url.Values{"do": {"take"}, "word": {string(word)}}), http.StatusForbidden, "")
	for _, wrong := range []url.Values{{"do": {"take"}, "word": {"none"}}, {"do": {"perhaps"}, "word": {string(word)}}} {
		wantStatus(t, "a wrong answer", head.Post("/transfers/held", wrong), http.StatusUnprocessableEntity, "什么都没有写入")
	}
	webtest.Want(t, head.Post("/transfers/held", url.Values{"do": {"drop"}, "word": {string(word)}}), []string{"已保存不采用", "已定不采用，等市办结"}, `name="do"`)
	webtest.Want(t, head.Get("/"), []string{"今日"}, "移交后的改动待定")
	wantStatus(t, "answered again", head.Post("/transfers/held", url.Values{"do": {"take"}, "word": {string(word)}}), http.StatusUnprocessableEntity, "什么都没有写入")
}

// keep is longer than the pages keep a count.
const keep = 6_000_000_000

package duplicates_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tongbu/internal/test/kit"
	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// TestCase: a station sees its own record, the other community and why; who writes answers, and
// the answer stands there.
func TestCase(t *testing.T) {
	tiers := kit.MustTiers(t)
	w := webtest.Open(t, tiers.Town, tiers.City, tiers.Node)
	person := w.Put("person", map[string]any{"name": "郭长海", "id_number": "110101199001011237", "relation": "02", "sex": "1", "birth_date": "1990-01-01"})[0]
	clerk := w.As(people.Operator)
	webtest.Want(t, clerk.Get("/duplicates"), []string{"没有疑似重复人员"})
	webtest.MustDuplicate(t, tiers, person, kit.Second.ID)
	webtest.Want(t, clerk.Get("/duplicates"), []string{"郭长海", kit.Second.Name, "公民身份号码相同", "计入对方", ">记答复"}, "199001011237")
	webtest.Want(t, w.As(people.Viewer).Get("/duplicate/c-1"), []string{"郭长海", "对方的登记计入", "还没有答复"}, `name="answer"`)
	for said, why := range map[string]string{"": "没有选核实意见", "perhaps": "什么都没有写入"} {
		if got := clerk.Post("/duplicate/c-1", url.Values{"answer": {said}, "note": {"问过"}}); got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body, why) || !strings.Contains(got.Body, "问过") {
			t.Errorf("answered %q: status %d", said, got.Code)
		}
	}
	if got := w.As(people.Viewer).Post("/duplicate/c-1", url.Values{"answer": {"same"}}); got.Code != http.StatusForbidden {
		t.Errorf("a viewer answers: status %d", got.Code)
	}
	clerk.Post("/duplicate/c-1", url.Values{"answer": {"same"}})
	webtest.Want(t, clerk.Post("/duplicate/c-1", url.Values{"answer": {"moved"}, "note": {"去年搬走"}}), []string{"去年搬走", `<td>是同一人，已迁往对方社区</td>`}, `<td>是同一人，仍住本社区</td>`)
	webtest.Want(t, clerk.Get("/tasks?task=duplicate_answer"), nil, "郭长海")
	webtest.Want(t, clerk.Get("/duplicate/c-1"), []string{"去年搬走", "已迁往对方社区"})
	for _, none := range []string{"/duplicate/none", "/duplicate/%22"} {
		if got := clerk.Get(none); got.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", none, got.Code)
		}
	}
}

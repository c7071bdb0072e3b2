package duplicates_test

import (
	"net/http"
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
	word := webtest.MustDuplicate(t, tiers, person, kit.Second.ID)
	webtest.Want(t, clerk.Get("/duplicates"), []string{"郭长海", kit.Second.Name, "公民身份号码相同", "计入对方", "/new/duplicate_answer?"}, "199001011237")
	webtest.Want(t, w.As(people.Viewer).Get("/duplicate/c-1"), []string{"郭长海", "对方的登记计入", "还没有答复"}, "/new/duplicate_answer")
	w.Put("duplicate_answer", map[string]any{"person": string(person), "case": string(word), "on": "2026-01-02", "answer": "moved", "note": "去年搬走"})
	webtest.Want(t, clerk.Get("/duplicate/c-1"), []string{"去年搬走", "已迁往对方社区"})
	for _, none := range []string{"/duplicate/none", "/duplicate/%22"} {
		if got := clerk.Get(none); got.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", none, got.Code)
		}
	}
}

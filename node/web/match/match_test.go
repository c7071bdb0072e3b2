package match_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// world is a station with a man of a family without work, one of another, and vacancies.
type world struct {
	*webtest.Station
	zero, other, gardener, shop, closed change.RecordID
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Station: webtest.New(t)}
	home := w.Put("household", map[string]any{"id": "h-1", "head_name": "郭长海", "survey_date": "2026-05-01"}, map[string]any{"id": "h-2", "head_name": "周平", "survey_date": "2026-05-01"})
	man := func(name, household, status, hukou string) map[string]any {
		return map[string]any{"name": name, "id_number": "110101199001011237", "household": household, "relation": "02", "sex": "1", "birth_date": "1990-01-01", "hukou": hukou, "status": status,
			"labour_ability": "1", "job_wish": "1", "education": "61", "wish_occupation_1": "513", "wish_pay": json.Number("190000"), "wish_area": "2"}
	}
	people := w.Put("person", man("郭长海", string(home[0]), "4", "10"), man("周平", string(home[1]), "9", "20"))
	w.zero, w.other = people[0], people[1]
	open := w.Put("vacancy",
		map[string]any{"id": "v-1", "employer_name": "园林处", "occupation": "513", "wage": json.Number("205000"), "state": "1", "posts": json.Number("2"), "insurance": "1", "stable": true},
		map[string]any{"id": "v-2", "employer_name": "商场", "occupation": "411", "wage": json.Number("150000"), "state": "1", "sex": "2"},
		map[string]any{"id": "v-3", "employer_name": "绿化公司", "occupation": "511", "wage": json.Number("250000"), "state": "3", "placed": json.Number("1"), "posts": json.Number("1")})
	w.gardener, w.shop, w.closed = open[0], open[1], open[2]
	return w
}

// TestForPerson: vacancies with the reasons in words; what a hard reason excludes is shown
// when it is asked for, without a way to refer.
func TestForPerson(t *testing.T) {
	w := newWorld(t)
	b := w.As(people.Operator)
	path := "/match/person/" + string(w.zero)
	for _, page := range []string{"/person/", "/counter/"} {
		got := b.Get(page + string(w.zero))
		webtest.Want(t, got, []string{path, "匹配岗位"})
		if n := strings.Count(got.Body, `href="`+path+`"`); n != 1 {
			t.Errorf("%s leads to the match %d times", page, n)
		}
	}
	refer := "/new/referral?of=" + string(w.zero) + "&amp;vacancy=" + string(w.gardener)
	webtest.Want(t, b.Get(path), []string{"郭长海", "零就业户", "园林处", "2,050", `class="y">工种 园艺作物生产人员，第 1 意向`, `class="y">稳定岗位，先给零就业家庭`, `class="y">工资 2050 元，要求 1900 元`, refer, "看了 2 个"}, "商场", "绿化公司", "199001011237")
	all := b.Get(path + "?all=1")
	webtest.Want(t, all, []string{"园林处", "商场", "绿化公司", `class="x">只招女`, `class="x">已招满`, "不行"}, "vacancy="+string(w.shop), "vacancy="+string(w.closed))
	webtest.Want(t, w.As(people.Viewer).Get(path), []string{"园林处"}, "/new/referral")
}

// TestForVacancy: of two whom it fits alike the one of a family without work comes first.
func TestForVacancy(t *testing.T) {
	w := newWorld(t)
	b := w.As(people.Operator)
	path := "/match/vacancy/" + string(w.gardener)
	webtest.Want(t, b.Get("/record/vacancy/"+string(w.gardener)), []string{path, "匹配人员"})
	webtest.Want(t, b.Get("/record/household/"+string(kit.MustList(t, w.Replica, "household", "")[0])), nil, "匹配人员")
	got := b.Get(path)
	webtest.Want(t, got, []string{"合适的人", "郭长海", "周平", "110101**********37", "零就业户", "看了 2 人"}, "199001011237")
	if strings.LastIndex(got.Body, "郭长海") > strings.Index(got.Body, "周平") {
		t.Error("周平 stands before 郭长海")
	}
}

// TestReferral: one click opens the form with the person and the post filled in; what came
// of it stands on the page; who has found work is referred no more.
func TestReferral(t *testing.T) {
	w := newWorld(t)
	b := w.As(people.Operator)
	path := "/match/person/" + string(w.zero)
	link := regexp.MustCompile(`/new/referral\?[^"]+`).FindString(b.Get(path).Body)
	form := b.Get(strings.ReplaceAll(link, "&amp;", "&"))
	webtest.Want(t, form, []string{"郭长海", "园林处"})
	action, values := webtest.Form(t, form.Body, "sheet")
	values.Set("act", "save")
	if got := b.Post(action, values); !strings.HasPrefix(got.Path, "/saved/referral/") {
		t.Fatalf("the referral was not saved: %s, status %d: %.500s", got.Path, got.Code, got.Body)
	}
	referral := kit.MustList(t, w.Replica, "referral", `vacancy = "`+string(w.gardener)+`" AND person = "`+string(w.zero)+`" AND employer_name = "园林处"`)
	if len(referral) != 1 {
		t.Fatalf("%d referrals name the two and the employer, want 1", len(referral))
	}
	for _, page := range []string{path, "/match/vacancy/" + string(w.gardener)} {
		webtest.Want(t, b.Get(page), []string{"推荐过", "还没反馈"})
	}
	w.Put("feedback", map[string]any{"person": string(w.zero), "on": "2027-01-10", "referral": string(referral[0]), "result": "3", "failure": "10"})
	webtest.Want(t, b.Get(path), []string{"推荐过"}, "还没反馈")
	w.Put("placement", map[string]any{"person": string(w.zero), "on": "2027-01-12", "referral": string(referral[0]), "form": "010"})
	webtest.Want(t, b.Get(path), []string{"没有合适的岗位"}, "/new/referral")
	webtest.Want(t, b.Get(path+"?all=1"), []string{`class="x">已就业`})
}

// TestWrongPages: what there is not is not there, and nobody is told more.
func TestWrongPages(t *testing.T) {
	w := newWorld(t)
	b := w.As(people.Operator)
	for path, code := range map[string]int{
		"/match/person/p-99":                             http.StatusNotFound,
		"/match/household/" + string(w.zero):             http.StatusNotFound,
		"/match/vacancy/" + url.PathEscape("<b>'\"</b>"): http.StatusNotFound,
	} {
		if got := b.Get(path); got.Code != code || strings.Contains(got.Body, "<b>'") {
			t.Errorf("%s: status %d, want %d", path, got.Code, code)
		}
	}
	if got := b.Get("/match/vacancy/" + string(w.zero)); got.Code == http.StatusOK {
		t.Error("a person is matched as a vacancy")
	}
	if got := w.Stranger().Get("/match/person/" + string(w.zero)); strings.Contains(got.Body, "郭长海") {
		t.Error("a stranger is shown a person")
	}
}

// TestEnglish: the page and its reasons are said in English too.
func TestEnglish(t *testing.T) {
	w := newWorld(t)
	b := w.As(people.Operator)
	b.Post("/language", url.Values{"to": {"en"}, "lang": {"en"}})
	webtest.Want(t, b.Get("/match/person/"+string(w.zero)), []string{"wage 2050 yuan, 1900 wanted", "Vacancies that fit"}, "合适的岗位", "要求 1900 元")
}

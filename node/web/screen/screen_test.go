package screen_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tongbu/node/operate"
)

func TestNothingToShow(t *testing.T) {
	h := newHall(t)
	h.want(h.whole(), "眼下没有新的招工和通知")
}

func TestVacancies(t *testing.T) {
	h := newHall(t)
	vacancy := func(title, rest string) string {
		return fmt.Sprintf(`{"employer_name":%q,"occupation_name":%q,"posts":3,"wage":230050%s}`, title+"公司", title, rest)
	}
	h.put("vacancy",
		vacancy("保安员", `,"state":"1","from":"2026-01-01","contact":"王小明","phone":"13912345678","age_to":55,"takes_older":true`),
		vacancy("过期工", fmt.Sprintf(`,"to":%q`, h.day(-1))),
		vacancy("今日工", fmt.Sprintf(`,"to":%q`, h.day(0))),
		vacancy("明日工", fmt.Sprintf(`,"from":%q`, h.day(1))),
		vacancy("招满工", `,"state":"3"`),
		vacancy("储备工", `,"reserve":true`),
		vacancy("作废工", `,"valid":"0","void_reason":"x"`))
	shown := h.whole()
	h.want(shown, "保安员", "2,300", "元/月", "保安员公司", "招 3 人", "55 岁以下", "收 4050", "今日工", "2 个岗位，招 6 人")
	h.wantNone(shown, "过期工", "明日工", "招满工", "储备工", "作废工", "王小明", "13912345678")
}

// TestJobsAreCounted: what stands below the title is what the title counts.
func TestJobsAreCounted(t *testing.T) {
	h := newHall(t)
	h.announce("notice", `{"title":"纺织厂招挡车工","kind":"2","screen":true}`)
	shown := h.whole()
	h.want(shown, "纺织厂招挡车工", "1 则招工通知")
	h.wantNone(shown, "个岗位")
	h.put("vacancy", `{"employer_name":"甲公司","occupation_name":"保安员","posts":3}`)
	h.want(h.whole(), "1 个岗位，招 3 人，1 则招工通知")
}

func TestWhatCameDown(t *testing.T) {
	h := newHall(t)
	h.announce("notice",
		`{"title":"社保补贴","kind":"1","screen":true,"body":"可补三分之二","contact":"12333"}`,
		`{"title":"不上屏","kind":"1","body":"x"}`,
		`{"title":"内部通知","kind":"7","screen":true}`,
		`{"title":"岗位职责书","kind":"6","screen":true}`,
		`{"title":"三日办结","kind":"4","screen":true}`,
		fmt.Sprintf(`{"title":"过期政策","kind":"1","screen":true,"expires":%q}`, h.day(-1)),
		fmt.Sprintf(`{"title":"未到日","kind":"1","screen":true,"issued":%q}`, h.day(2)),
		`{"title":"无期公示","kind":"8","screen":true}`,
		fmt.Sprintf(`{"title":"评优公示","kind":"8","screen":true,"expires":%q}`, h.day(3)))
	h.announce("training_class",
		`{"name":"家政班","state":"1","free":true,"teacher":"李老师","seats":30}`,
		`{"name":"结业班","state":"3"}`,
		fmt.Sprintf(`{"name":"截止班","state":"1","enrol_to":%q}`, h.day(-1)))
	h.announce("award", `{"title":"最佳社区","to_name":"钟楼社区","year":2026}`, `{"title":"撤销奖","to_name":"甲","revoked_on":"2026-01-02"}`)
	shown := h.whole()
	h.want(shown, "社保补贴", "咨询 12333", "三日办结", "评优公示", "家政班", "免费", "最佳社区", "钟楼社区")
	h.wantNone(shown, "不上屏", "内部通知", "岗位职责书", "过期政策", "未到日", "无期公示", "李老师", "结业班", "截止班", "撤销奖")
}

func TestWholeText(t *testing.T) {
	h := newHall(t)
	long := strings.Repeat("凡在本市连续失业满一年的均可申请。", 20)
	h.announce("notice", fmt.Sprintf(`{"id":"n-1","title":"长文","kind":"1","screen":true,"body":"%s\n第二段到窗口问。"}`, long), `{"id":"n-2","title":"暗文","kind":"1","body":"不给看"}`)
	shown := h.whole()
	h.wantNone(shown, "第二段到窗口问")
	at := strings.Index(shown, "/screen/text/")
	if at < 0 {
		t.Fatal("the card does not lead to its text")
	}
	address, _, _ := strings.Cut(shown[at:], `"`)
	_, body := h.get(address)
	h.want(body, "<p>第二段到窗口问。</p>", `data-next="/screen/policies/1"`)
	hidden := h.mustFind("notice", "n-2")
	if status, body := h.get("/screen/text/" + hidden); status != http.StatusNotFound || strings.Contains(body, "不给看") {
		t.Errorf("%d: a text that is not for the screen is shown\n%s", status, body)
	}
}

// person is somebody of whom everything is known.
const person = `{"id":"p-1","name":"沈玉兰","sex":"2","birth_date":"1970-02-28","id_number":"11010519491231002X","phone":"13800138000","hukou_address":"学府路七号"}`

func TestPublicNotice(t *testing.T) {
	h := newHall(t)
	h.put("person", person)
	step := `{"id":"s-1","person":"p-1","on":%q,"step":"notice","category":["050"],"notice_from":%q,"notice_to":%q,"notice_contact":"窗口 628 7410"}`
	h.put("hardship_step", fmt.Sprintf(step, h.day(-1), h.day(-1), h.day(1)))
	shown := h.whole()
	h.want(shown, "沈玉兰", "女", "岁", "就业困难人员认定", "窗口 628 7410")
	h.wantNone(shown, "11010519491231002X", "110105", "13800138000", "学府路", "1970")
	if looks := h.looks(); looks == 0 {
		t.Error("the audit log has nothing of the person who is shown")
	}
	before := h.looks()
	h.whole()
	if after := h.looks(); after != before {
		t.Errorf("%d entries of the audit log for a screen that has just been read", after-before)
	}
	h.town.Clock.Advance(48 * time.Hour)
	h.wantNone(h.whole(), "沈玉兰")
}

func TestFamilyNotice(t *testing.T) {
	h := newHall(t)
	h.put("household", `{"id":"h-1","form_no":"990101001001202600001","head_name":"沈玉兰","address":"学府路七号","phone":"13800138000"}`)
	h.put("person", `{"id":"p-1","name":"沈玉兰","household":"h-1","relation":"02","birth_date":"1970-02-28"}`, `{"id":"p-2","name":"沈小妹","household":"h-1","relation":"20"}`)
	h.put("family_step", fmt.Sprintf(`{"household":"h-1","on":%q,"family_kind":"02","step":"PUBLIC_NOTICE","notice_from":%q,"notice_to":%q}`, h.day(0), h.day(0), h.day(5)))
	shown := h.whole()
	h.want(shown, "沈玉兰", "零就业")
	h.wantNone(shown, "沈小妹", "学府路", "13800138000")
}

// TestNoNoticeNoLook: the screen looks at persons only while one is to be shown.
func TestNoNoticeNoLook(t *testing.T) {
	h := newHall(t)
	h.put("person", person)
	before := h.looks()
	h.whole()
	if after := h.looks(); after != before {
		t.Errorf("%d entries of the audit log without a notice", after-before)
	}
}

func TestLineDown(t *testing.T) {
	h := newHall(t)
	h.announce("notice", `{"title":"社保补贴","kind":"1","screen":true}`)
	h.want(h.whole(), "社保补贴", "截至 ")
}

func TestWhereToAsk(t *testing.T) {
	h := newHall(t)
	h.put("station", `{"name":"一站","phone":"628 7410","hours":"周一至周五 8:30 至 17:30"}`)
	h.want(h.whole(), "628 7410", "周一至周五 8:30 至 17:30")
}

// looks is how many entries the audit log has.
func (h *hall) looks() int {
	h.t.Helper()
	found, err := operate.New(h.at, operate.Beyond{}).Audit(1, "", "", "")
	if err != nil {
		h.t.Fatal(err)
	}
	return len(found)
}

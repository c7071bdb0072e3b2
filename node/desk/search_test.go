package desk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// searcher is a desk at which people search.
type searcher struct {
	testing.TB
	at   *replica.Replica
	desk *desk.Desk
}

func newSearcher(tb testing.TB, at *replica.Replica) *searcher {
	return &searcher{TB: tb, at: at, desk: desk.New(at)}
}

func (s *searcher) search(ask desk.Search) (hits []*desk.Hit) {
	s.Helper()
	err := s.desk.Search(s.Context(), ask, kit.Clerk, func(h *desk.Hit) error {
		hits = append(hits, h)
		return nil
	})
	if err != nil {
		s.Fatalf("search %q: %v", ask.Text, err)
	}
	return hits
}

// want wants a text to lead to the records of a kind with these own numbers, in this
// order.
func (s *searcher) want(kind, text string, numbers ...string) {
	s.Helper()
	var got []string
	for _, h := range s.search(desk.Search{Text: text, Kind: kind}) {
		if h.Kind != kind {
			s.Errorf("%q: a %s among records of the kind %s", text, h.Kind, kind)
		}
		number, _ := h.Fields["own_no"].(string)
		got = append(got, number)
	}
	if diff := cmp.Diff(numbers, got); diff != "" {
		s.Errorf("%q: %s", text, diff)
	}
}

func (s *searcher) persons(lines ...string) {
	s.Helper()
	kit.MustPut(s, s.at, "person", strings.Join(lines, "\n"))
}

func (s *searcher) names(names ...string) {
	s.Helper()
	for _, name := range names {
		s.persons(fmt.Sprintf(`{"id":%q,"name":%q}`, name, name))
	}
}

func newNode(t testing.TB) *searcher {
	t.Helper()
	town := kit.MustTown(t)
	return newSearcher(t, town.MustReplica(t, town.MustCity(t), kit.First))
}

// TestSearchByName: any part of a name, however it is written, the best first.
func TestSearchByName(t *testing.T) {
	s := newNode(t)
	s.names("王明", "王明华", "小王明", "李王", "阿卜杜·热合曼", "Ali Khan")
	s.persons(`{"id":"wide","name":"王　明明"}`)
	s.want("person", "王明", "王明", "王明华", "wide", "小王明")
	s.want("person", "王 明", "王明", "王明华", "wide", "小王明")
	s.want("person", "明", "小王明", "王明", "王明华", "wide")
	s.want("person", "杜•热合", "阿卜杜·热合曼")
	s.want("person", "ALI", "Ali Khan")
	s.want("person", "khan", "Ali Khan")
	s.want("person", "王朋")
}

// TestSearchByPinyin: initials, syllables and both; the surname as it is read.
func TestSearchByPinyin(t *testing.T) {
	s := newNode(t)
	s.names("王明", "王明华", "汪敏", "张三", "阿卜杜·热合曼", "吕布", "单雄信", "欧阳娜娜", "长孙乐", "仇和")
	for text, names := range map[string][]string{
		"wangm": {"汪敏", "王明", "王明华"}, "wangming": {"王明", "王明华"}, "Wang Ming": {"王明", "王明华"}, "wm": {"汪敏", "王明", "王明华"},
		"wmh": {"王明华"}, "wangmingh": {"王明华"}, "wmingh": {"王明华"}, "mingh": {"王明华"}, "mh": {"王明华"}, "z": {"张三", "长孙乐"},
		"zs": {"张三", "长孙乐"}, "zsan": {"张三"}, "zhs": {"张三", "长孙乐"}, "lb": {"吕布"}, "lüb": {"吕布"}, "ouyangnn": {"欧阳娜娜"}, "nana": {"欧阳娜娜"},
		"zhangsunyue": {"长孙乐"}, "wangmingz": nil, "ang": nil, "wangmm": nil, "m": {"汪敏", "王明", "王明华", "阿卜杜·热合曼"}, "abd": {"阿卜杜·热合曼"}, "abudurehe": {"阿卜杜·热合曼"}, "dure": {"阿卜杜·热合曼"},
	} {
		s.want("person", text, names...)
	}
}

func TestSurnames(t *testing.T) {
	s := newNode(t)
	given := map[string][]string{ // how it is read, and how it is not
		"单雄信": {"shan", "!dan", "sxx", "!dxx"}, "仇和": {"qiu", "!chou"}, "解晓东": {"xie", "!jie"}, "曾国藩": {"zeng", "!ceng"},
		"查良镛": {"zha", "!cha"}, "任志强": {"ren"}, "盖叫天": {"ge"}, "区志航": {"ou", "!qu"}, "尉迟恭": {"yuchi", "ycg", "weichi"},
		"万俟卨": {"moqi", "mq"}, "朴志英": {"piao", "!pu"}, "翟志刚": {"zhai", "!di"}, "繁钦": {"po", "!fan"}, "缪昌文": {"miao", "!mou"},
		"洗星海": {"xian"}, "冼东妹": {"xian"}, "员半千": {"yun", "!yuan"}, "黑伯龙": {"he"}, "覃辉": {"qin", "tan"}, "乐嘉": {"yue", "le"},
		"盛世才": {"sheng", "!cheng"}, "重耳": {"chong", "!zhong"}, "折可适": {"she"}, "种师道": {"chong", "!zhong"}, "秘彦": {"bi", "!mi"},
		"牟其中": {"mu"}, "尉健行": {"wei"}, "令狐冲": {"linghu"}, "单于明": {"chanyu", "shan"}, "阚泽": {"kan", "!han"}, "卜算": {"bu", "!bo"},
		"吕布": {"lv", "lu", "lyu", "lü"}, "那英": {"na"}, "长孙无忌": {"zhangsun"}, "澹台明": {"tantai"}, "谌龙": {"chen", "shen"}, "费孝通": {"fei", "bi"}, "祭仲": {"zhai"}, "都本基": {"du"},
	}
	for name := range given {
		s.names(name)
	}
	for name, readings := range given {
		for _, r := range readings {
			text, absent := strings.CutPrefix(r, "!")
			found := false
			for _, h := range s.search(desk.Search{Text: text, Limit: desk.MaxHits}) {
				found = found || h.Fields["name"] == name
				if h.Fields["name"] == name && (!h.Match.Pinyin || h.Match.Field != "name") {
					t.Errorf("%s by %q: %+v", name, text, h.Match)
				}
			}
			if found == absent {
				t.Errorf("%s by %q: found %v", name, text, found)
			}
		}
	}
}

// TestPolyphones: a character of a given name is found by each common reading, and a
// word that is no surname is not read as one.
func TestPolyphones(t *testing.T) {
	s := newNode(t)
	s.names("王乐", "李行", "赵单", "陈朝", "周长青", "王曾", "吴茜")
	s.want("person", "wangle", "王乐")
	s.want("person", "wangyue", "王乐")
	s.want("person", "lix", "李行")
	s.want("person", "lihang", "李行")
	s.want("person", "zhaodan", "赵单")
	s.want("person", "zhaoshan", "赵单")
	s.want("person", "zhouchang", "周长青")
	s.want("person", "zhouzhangq", "周长青")
	s.want("person", "wuqian", "吴茜")
	s.want("person", "wuxi", "吴茜")
	s.want("person", "wangzeng", "王曾")
}

// TestSearchInHouseholds: by addresses and numbers, with what people write in them.
func TestSearchInHouseholds(t *testing.T) {
	s := newNode(t)
	kit.MustPut(t, s.at, "household", `{"id":"H-0001","form_no":"9901010010012026000017","head_name":"王明","address":"湖滨路 12 号","phone":"0714-1234567","surveyor":"赵六"}
{"id":"H-0002","form_no":"9901010010012026000018","head_name":"李兰","address":"南湖滨路3号","phone":"(0714) 7654321","surveyor":"王明"}`)
	s.want("household", "湖滨路", "H-0001", "H-0002")
	s.want("household", "滨路12号", "H-0001")
	s.want("household", "000018", "H-0002")
	s.want("household", "9901010010012026000017", "H-0001")
	s.want("household", "07141234", "H-0001")
	s.want("household", "0714 765", "H-0002")
	s.want("household", "h-0002", "H-0002")
	s.want("household", "Ｈ－０００２", "H-0002")
	s.want("household", "王明", "H-0001")
	s.want("household", "lil", "H-0002")
	s.want("household", "赵六")
}

// checked is an ID number of a body of 17 digits.
func checked(body string) string { return body + checkOf(body) }

// TestSearchByIDNumber: the whole number, or its last four characters; nothing else of
// it, and it is never shown.
func TestSearchByIDNumber(t *testing.T) {
	s := newNode(t)
	number, other := checked("42020219800228123"), checked("42020219910101456")
	s.persons(fmt.Sprintf(`{"id":"p-1","name":"王明","id_number":%q}`, number), fmt.Sprintf(`{"id":"p-2","name":"李兰","id_number":%q}`, other),
		`{"id":"p-3","name":"王明明","id_number":"420202800228123"}`)
	s.want("person", number, "p-1", "p-3") // the old number is the same person's
	s.want("person", number[:6]+" "+number[6:14]+" "+number[14:], "p-1", "p-3")
	s.want("person", strings.ToLower(other), "p-2")
	s.want("person", number[14:], "p-1")
	s.want("person", other[14:], "p-2")
	for _, piece := range []string{number[:6], number[6:14], number[:17], number[13:], number[8:], "800228"} {
		s.want("person", piece)
	}
	for _, text := range []string{number, number[14:], "王明"} {
		hit := s.search(desk.Search{Text: text})[0]
		raw, err := json.Marshal(hit)
		if err != nil || strings.Contains(string(raw), number[6:]) || hit.Fields["id_number"] != "420202**********"+number[16:] {
			t.Errorf("shown: %s, %v", raw, err)
		}
	}
	if m := s.search(desk.Search{Text: number[14:]})[0].Match; m != (desk.Match{Field: "id_number", How: "part"}) {
		t.Errorf("the match is %+v", m)
	}
}

// TestSearchMasksWhatIsRefused: what the city did not take is shown beside the record.
func TestSearchMasksWhatIsRefused(t *testing.T) {
	w := kit.MustTiers(t)
	s := newSearcher(t, w.Node)
	number := checked("42020219800228123")
	s.persons(fmt.Sprintf(`{"id":"p-1","name":"王明","id_number":%q}`, number), `{"id":"p-1","name":"李明"}`)
	w.MustRefuse(t, w.Node, "person", kit.Name(kit.First, "person", "p-1"))
	w.MustCarry(t, w.City, w.Street)
	w.MustCarry(t, w.Street, w.Node)
	hit := s.search(desk.Search{Text: "李明"})[0]
	if raw, err := json.Marshal(hit); err != nil || len(hit.Refused) != 1 || strings.Contains(string(raw), number[6:]) {
		t.Errorf("shown: %s, %v", raw, err)
	}
	s.want("person", number) // it has no effect
}

// TestSearchByID: what a list shows leads to the record.
func TestSearchByID(t *testing.T) {
	s := newNode(t)
	s.names("王明")
	id := string(kit.Name(kit.First, "person", "王明"))
	s.want("person", id, "王明")
	if m := s.search(desk.Search{Text: id})[0].Match; m != (desk.Match{Field: "id", How: "whole"}) {
		t.Errorf("the match is %+v", m)
	}
	s.want("person", id[:len(id)-1])
}

// TestSearchOfOlderIDs: an id of before is a number of the unit's own, and when it is an
// ID number, no part of it leads to the record.
func TestSearchOfOlderIDs(t *testing.T) {
	s := newNode(t)
	number := checked("42020219800228123")
	kit.MustWrite(t, s.at, kit.Person("old-0017", "王明"))
	kit.MustWrite(t, s.at, kit.Person(change.RecordID(number), "李兰"))
	for text, want := range map[string]string{"old-0017": "王明", "0017": "王明", "OLD": "王明", number: "李兰", number[14:]: "李兰", number[4:14]: ""} {
		var got string
		for _, h := range s.search(desk.Search{Text: text}) {
			got += h.Fields["name"].(string)
			if h.Match.Field != "own_no" {
				t.Errorf("%q: by %+v", text, h.Match)
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestSearchIsLogged: whoever is shown stands in the audit log, and no number does.
func TestSearchIsLogged(t *testing.T) {
	s := newNode(t)
	number := checked("42020219800228123")
	s.persons(fmt.Sprintf(`{"id":"p-1","name":"王明","id_number":%q,"phone":"13912345678"}`, number), `{"id":"p-2","name":"王明明"}`)
	kit.MustPut(t, s.at, "household", `{"id":"h-1","head_name":"王明"}`)
	why := desk.Asker{Operator: "clerk", Purpose: "电话回访"}
	tail, wide := number[14:], strings.NewReplacer("1", "１", "2", "２", "3", "３").Replace(number[14:])
	texts := []string{"王明", number, tail, wide, " " + tail + " ", "尾号" + tail, number[12:], number[:17], "１３９-1234-5678", "nobody"}
	for _, text := range texts {
		if err := s.desk.Search(t.Context(), desk.Search{Text: text}, why, func(*desk.Hit) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	log, err := s.at.Lookups.Entries(1, "", "", 100)
	if err != nil {
		t.Fatal(err)
	}
	if len(log) != len(texts)+1 { // of the first, one for each kind
		t.Fatalf("%d entries for %d searches", len(log), len(texts))
	}
	counts := map[string]int{}
	for _, e := range log {
		if e.Act != audit.Search || e.Purpose != why.Purpose || e.Outcome != "ok" || len(e.Subjects) != e.Count {
			t.Errorf("an entry is %+v", e)
		}
		counts[e.Filter+" "+e.Kind] += e.Count
		raw, _ := json.Marshal(e)
		for _, never := range []string{number[6:14], tail, wide, "12345678"} {
			if strings.Contains(string(raw), never) || strings.Contains(e.Filter, never) {
				t.Errorf("the log has %s", raw)
			}
		}
	}
	want := map[string]int{"王明 person": 2, "王明 household": 1, "420202**********" + number[16:] + " person": 1, "**** person": 3, "尾号**** household": 0,
		"****** household": 0, number[:6] + "*********" + number[15:17] + " household": 0, "139123***78 person": 1, "nobody household": 0}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Error(diff)
	}
}

// TestSearchFollows: what is saved, voided, refused or comes from another device is in
// the next answer.
func TestSearchFollows(t *testing.T) {
	w := kit.MustTiers(t)
	second := w.MustReplica(t, w.City, kit.First)
	s := newSearcher(t, w.Node)
	s.persons(`{"id":"p-1","name":"王明"}`)
	s.want("person", "王", "p-1")
	s.persons(`{"id":"p-2","name":"王兰"}`, `{"id":"p-1","name":"李明"}`)
	s.want("person", "王", "p-2")
	s.want("person", "李", "p-1")
	s.persons(`{"id":"p-2","valid":"0","void_reason":"重复"}`)
	s.want("person", "王")
	s.persons(`{"id":"p-2","valid":"1"}`)
	s.want("person", "王", "p-2")

	kit.MustPut(t, second, "person", `{"id":"p-9","name":"王九"}`)
	w.MustCarry(t, second, w.Street)
	w.MustCarry(t, w.Street, w.Node)
	s.want("person", "王", "p-9", "p-2")

	w.MustRefuse(t, w.Node, "person", kit.Name(kit.First, "person", "p-1")) // its first change: the name 王明
	w.MustCarry(t, w.City, w.Street)
	w.MustCarry(t, w.Street, w.Node)
	s.want("person", "李明", "") // its number came with that change

	s.persons(strings.Repeat(`{"name":"赵多"}`+"\n", 9000)) // more than is remembered
	s.want("person", "王", "p-9", "p-2")
	if got := len(s.search(desk.Search{Text: "赵多", Limit: desk.MaxHits})); got != desk.MaxHits {
		t.Errorf("%d of 9,000", got)
	}
	if got := len(s.search(desk.Search{Text: "赵"})); got != desk.DefaultHits {
		t.Errorf("%d, want %d", got, desk.DefaultHits)
	}
}

// TestSearchRefuses: what fits nothing is told in words, without the text.
func TestSearchRefuses(t *testing.T) {
	w := kit.MustTiers(t)
	s := newSearcher(t, w.Node)
	for what, ask := range map[string]desk.Search{
		"nothing": {Text: " 　"}, "blank": {Text: "\u200b"}, "broken": {Text: "王\ufffd"}, "long": {Text: strings.Repeat("王", 201)}, "kind": {Text: "王", Kind: "persons"},
		"system": {Text: "王", Kind: "unit"}, "numbers only": {Text: "1", Kind: "notice"}, "limit": {Text: "王", Limit: desk.MaxHits + 1}, "negative": {Text: "王", Limit: -1},
	} {
		err := s.desk.Search(t.Context(), ask, kit.Clerk, func(*desk.Hit) error { return nil })
		if fault.Of(err) != fault.Invalid || strings.Contains(err.Error(), "王") {
			t.Errorf("%s: %v", what, err)
		}
	}
	err := desk.New(w.Street).Search(t.Context(), desk.Search{Text: "王"}, kit.Clerk, func(*desk.Hit) error { return nil })
	if fault.Of(err) != fault.Invalid || !strings.Contains(fault.Hint(err), "tongbu query") {
		t.Errorf("at a hub: %v (%s)", err, fault.Hint(err))
	}
	stop := errors.New("stop")
	s.persons(`{"name":"王明"}`)
	if err := s.desk.Search(t.Context(), desk.Search{Text: "王"}, kit.Clerk, func(*desk.Hit) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want what tell returned", err)
	}
}

// TestSearchForgets: what nobody searches takes no memory, and a search makes it again.
func TestSearchForgets(t *testing.T) {
	town := kit.MustTown(t)
	s := newSearcher(t, town.MustReplica(t, town.MustCity(t), kit.First))
	s.names("王明", "李兰")
	s.want("person", "wm", "王明")
	for _, step := range []struct {
		after time.Duration
		kept  int
	}{{9 * time.Minute, 2}, {time.Minute, 0}} {
		town.Clock.Advance(step.after)
		if err := s.desk.ForgetUnused(t.Context()); err != nil || s.desk.Searched() != step.kept {
			t.Errorf("%v later %d are kept, %v", step.after, s.desk.Searched(), err)
		}
	}
	s.names("王明明")
	s.want("person", "wm", "王明", "王明明")
}

// TestSearchIsBounded: more records than are kept are an error, in words, and no part of
// them is answered.
func TestSearchIsBounded(t *testing.T) {
	s := newNode(t)
	s.names("王明", "李兰")
	s.desk.SearchAtMost(2)
	s.want("person", "王明", "王明")
	s.names("赵多")
	for range 2 {
		err := s.desk.Search(t.Context(), desk.Search{Text: "王明"}, kit.Clerk, func(*desk.Hit) error { return nil })
		kit.WantKind(t, err, fault.Exhausted)
	}
	s.persons(`{"id":"赵多","valid":"0","void_reason":"重复"}`)
	s.want("person", "王明", "王明")
}

// TestSearchWhileSaving: searches and saves at once leave nothing out.
func TestSearchWhileSaving(t *testing.T) {
	s := newNode(t)
	const rounds = 40
	var all sync.WaitGroup
	all.Go(func() {
		for i := range rounds {
			s.persons(fmt.Sprintf(`{"id":"p-%d","name":"王明"}`, i))
		}
	})
	all.Go(func() {
		for n := 0; n < rounds; {
			got := len(s.search(desk.Search{Text: "wm", Limit: desk.MaxHits}))
			if got < n {
				t.Errorf("%d after there were %d", got, n)
				return
			}
			n = got
		}
	})
	all.Wait()
}

// TestSearchOfAKindThatIsAdded: what is searched follows from the schema, so that a new
// kind needs no code; what is not of people has no surname.
func TestSearchOfAKindThatIsAdded(t *testing.T) {
	town := kit.MustTown(t)
	var err error
	town.Schema, err = town.Schema.Extend([]byte(`
kinds:
  - name: stall
    label: {zh: 摊位, en: stall}
    writers: [5]
    fields:
      - {name: name, label: {zh: 单位名称, en: name of the employer}, type: text, must: hard, index: true}
      - {name: contact, label: {zh: 联系人, en: contact}, type: text, person_name: true}
      - {name: contact_phone, label: {zh: 联系人电话, en: phone of the contact}, type: text}
      - {name: work_address, label: {zh: 工作地址, en: place of work}, type: text}
      - {name: trade, label: {zh: 经营, en: trade}, type: text, index: true}
      - {name: note, label: {zh: 说明, en: note}, type: text}
`))
	if err != nil {
		t.Fatal(err)
	}
	s := newSearcher(t, town.MustReplica(t, town.MustCity(t), kit.First))
	kit.MustPut(t, s.at, "stall", `{"id":"E-1","name":"种子公司","contact":"种师道","contact_phone":"0714-6543210","work_address":"磁湖路8号","trade":"批发","note":"大湖"}`)
	for _, text := range []string{"种子", "zhongzgs", "chongsd", "师道", "6543210", "磁湖", "批发", "e1"} {
		s.want("stall", text, "E-1")
	}
	for _, text := range []string{"chongzi", "zhongsd", "大湖"} {
		s.want("stall", text)
	}
	log, err := s.at.Lookups.Entries(1, "", "", 100)
	if err != nil || len(log) != 0 {
		t.Errorf("no person was looked for, and the log has %d entries, %v", len(log), err)
	}
}

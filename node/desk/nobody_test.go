package desk_test

import (
	"strings"
	"testing"

	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// TestImportAboutNobody: an event that names whom it is about by a name, or by an ID number
// that nobody here has, is rejected at that field; one with a number is taken, as who has it
// may come later.
func TestImportAboutNobody(t *testing.T) {
	d := newDesk(t)
	d.mustPut("person", `{"name":"石可欣","id_number":"`+wang+`"}`)
	d.mustPut("person", `{"id":"甲组","name":"李兰"}`)
	event := func(person string) desk.Row {
		return row("unemployment", `{"person":"`+person+`","on":"2026-01-01","reason":"20"}`)
	}
	told := d.mustImport(event("石可欣"), event("无此人"), event("420202199001012349"), event(wang), event("甲组"), event("P-9"),
		row("unemployment", `{"person":"无此人","reason":"没有的"}`), row("person", `{"own_no":"乙组","name":"张三"}`), event("乙组"))
	const nobody = "rejected person:subject_unknown"
	wantBecame(t, told, nobody, nobody, nobody, "new", "new", "new", nobody+" on:missing reason:code", "new", "new")
	for i, zh := range []string{"这里不认姓名，同名的分不清，写公民身份号码或自编号", "这里不认姓名，同名的分不清，写公民身份号码或自编号", "没有这个人员，写公民身份号码或自编号"} {
		if got := told[i].Refused[0]; got.Zh != zh || !strings.Contains(got.Message, "ID number or the own number") {
			t.Errorf("%d: got %+v", i, got)
		}
	}
	if !strings.Contains(strings.Join(told[5].Warnings, " "), "subject_unknown") {
		t.Errorf("got %v", told[5].Warnings)
	}
	if got := kit.MustList(t, d.at, "unemployment", ""); len(got) != 4 {
		t.Errorf("got %d events, want the four that are about somebody", len(got))
	}
}

package words_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/words"
)

func TestSay(t *testing.T) {
	if got := words.Chinese.Say("device %s is revoked", "abc"); got != "设备 abc 已撤销" {
		t.Errorf("got %q", got)
	}
	if got := words.Chinese.Say("locked for %s", 90*time.Second); got != "锁定，还有 1 分钟 30 秒" {
		t.Errorf("got %q", got)
	}
	if got := words.English.Say("device %s is revoked", "abc"); got != "device abc is revoked" {
		t.Errorf("got %q", got)
	}
	if got := words.Chinese.Say("a text of nobody: %d", 3); got != "a text of nobody: 3" {
		t.Errorf("got %q", got)
	}
}

// TestLine: what was made in English, as an error or on another machine, is found
// again by its template.
func TestLine(t *testing.T) {
	texts := map[string]string{
		"save":                    "保存",
		"read a file":             "读文件",
		"%s has %d bytes of %d":   "%[1]s：上限 %[3]d 字节，实有 %[2]d",
		"stopped because of %w":   "停了：%w",
		"device %s of %s is gone": "%[2]s 的设备 %[1]s 不见了",
		"half %q is 50%% of all":  "%q 占 50%%",
		"%s: %s":                  "%s：%s",
		"no":                      "不",
		"wait %s":                 "等 %s",
		"field %s":                "字段 %s",
		"filter: %s":              "条件：%s",
		"it is wrong: look again": "不对：再看看",
	}
	cause := fault.Wrap("save", fmt.Errorf("stopped because of %w", errors.New("x.txt has 5 bytes of 3")))
	tests := map[string]string{
		"x: read a file (save)":                "x：读文件（保存）",
		"read a file (elsewhere)":              "读文件（elsewhere）",
		"nothing that anybody has":             "nothing that anybody has",
		"save":                                 "保存",
		"save: read a file: else":              "保存：读文件：else",
		"x: save":                              "x：保存",
		cause.Error():                          "保存：停了：x.txt：上限 3 字节，实有 5",
		"device a of b is gone":                "b 的设备 a 不见了",
		`half "a \" b" is 50% of all`:          `"a \" b" 占 50%`,
		"save has many bytes of 3":             "save has many bytes of 3",
		"nothing that anybody has said":        "nothing that anybody has said",
		"filter: a.txt has 5 bytes of 3":       "条件：a.txt：上限 3 字节，实有 5",
		"field size: no":                       "字段 size：不",
		"field size: nobody said this":         "字段 size：nobody said this",
		"x: name: no (rule)":                   "x：name：不（rule）",
		"name: no (a); phone: no (b)":          "name：不（a）；phone：不（b）",
		"name: it is wrong: look again (rule)": "name：不对：再看看（rule）",
		"name: nobody said this (rule)":        "name: nobody said this (rule)",
		"wait 1m0s":                            "等 1 分钟",
		"wait 2h0m5s":                          "等 2 小时 5 秒",
		"wait 1.5s":                            "等 1.5 秒",
		"wait 3ms":                             "等 3ms",
		"wait 12":                              "等 12",
		"":                                     "",
	}
	for text, want := range tests {
		if got := words.Of(texts, text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestLock: how long an account is locked is said in words.
func TestLock(t *testing.T) {
	const text = "too many tries have failed: the next is possible in 1m0s"
	if got, want := words.Chinese.Line(text), "输错次数太多，1 分钟后才能再试"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestLineBounded: a text from elsewhere costs no more than its length allows.
func TestLineBounded(t *testing.T) {
	long := strings.Repeat("save: ", 400)
	if got := words.Chinese.Line(long); strings.Count(got, "：") == 0 || !strings.HasSuffix(got, "save: ") {
		t.Errorf("got %.60q", got)
	}
	if longer := strings.Repeat(long, 10); words.Chinese.Line(longer) != longer {
		t.Error("a text beyond the bound was turned")
	}
}

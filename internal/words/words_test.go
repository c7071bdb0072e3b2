package words_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/words"
)

// TestComplete: what clerks and operators see has its Chinese, and nothing else
// stands in the catalogue. MISSING=FILE writes what is missing.
func TestComplete(t *testing.T) {
	texts, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	used := messages(t)
	for kind := fault.Kind(0); kind.Known(); kind++ {
		used[fault.Hint(fault.New(kind, "x"))] = "internal/fault/kind.go"
	}
	for _, text := range elsewhere {
		used[text] = "elsewhere"
	}
	delete(used, "")
	var missing []string
	for _, text := range slices.Sorted(maps.Keys(used)) {
		if texts[text] == "" {
			missing = append(missing, fmt.Sprintf("%q: \"\" # %s", text, used[text]))
		}
	}
	if file := os.Getenv("MISSING"); file != "" {
		if err := os.WriteFile(file, []byte(strings.Join(missing, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range missing[:min(len(missing), 20)] {
		t.Errorf("no Chinese for %s", line)
	}
	if len(missing) > 20 {
		t.Errorf("and for %d more", len(missing)-20)
	}
	everything := constants(t)
	for text := range texts {
		if used[text] == "" && everything[text] == "" {
			t.Errorf("nobody says %q", text)
		}
	}
}

// verbs as package fmt reads them: a number stands right before the letter.
var verbs = regexp.MustCompile(`%[-+# 0]*\d*(?:\.\d+)?(?:\[\d+\])?[a-zA-Z]`)

// TestVerbs: a text of the catalogue takes the arguments of its template.
func TestVerbs(t *testing.T) {
	texts, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	number := regexp.MustCompile(`\[\d+\]`)
	for key, text := range texts {
		want, got := verbs.FindAllString(key, -1), verbs.FindAllString(text, -1)
		ordered := number.MatchString(text)
		for i := range got {
			got[i] = number.ReplaceAllString(got[i], "")
		}
		for i := range want {
			want[i] = number.ReplaceAllString(want[i], "")
		}
		if ordered {
			slices.Sort(want)
			slices.Sort(got)
		}
		if !slices.Equal(want, got) {
			t.Errorf("%q: got verbs %v, want %v", key, got, want)
		}
	}
}

func TestChoose(t *testing.T) {
	tests := map[string]struct {
		flag string
		vars map[string]string
		want words.Language
		err  bool
	}{
		"nothing":                  {"", nil, words.English, false},
		"the flag comes first":     {"en", map[string]string{"TONGBU_LANG": "zh"}, words.English, false},
		"then our own":             {"", map[string]string{"TONGBU_LANG": "zh", "LC_ALL": "C"}, words.Chinese, false},
		"then the environment's":   {"", map[string]string{"LC_ALL": "zh_CN.UTF-8", "LANG": "en_GB"}, words.Chinese, false},
		"the first set":            {"", map[string]string{"LC_MESSAGES": "C", "LANG": "zh_CN"}, words.English, false},
		"a region":                 {"zh-TW", nil, words.Chinese, false},
		"a flag of no language":    {"klingon", nil, words.English, true},
		"a variable of none":       {"", map[string]string{"TONGBU_LANG": "xx"}, words.English, true},
		"a locale of another":      {"", map[string]string{"LANG": "de_DE.UTF-8"}, words.English, false},
		"capitals and an encoding": {"", map[string]string{"LANG": "ZH_cn.gb18030"}, words.Chinese, false},
	}
	for name, test := range tests {
		got, err := words.Choose(test.flag, func(name string) string { return test.vars[name] })
		if got != test.want || (err != nil) != test.err {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

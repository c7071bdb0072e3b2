// Package words says messages for people in their language. Messages are made in
// English where they arise, and may have crossed a line since; the edge that shows
// them turns them with one catalogue, whose keys are the English templates.
// What has no entry stays as it is: a message is never lost for want of a word.
package words

import (
	"strings"

	"tongbu/internal/fault"
)

// Language is one that messages are shown in.
type Language string

// The languages of the catalogue.
const (
	English Language = "en"
	Chinese Language = "zh"
)

// Choose takes the flag's value, or else TONGBU_LANG, or else the locale of the
// environment by POSIX (LC_ALL, LC_MESSAGES, LANG; the first that is set counts);
// English when none says another. Invalid: the flag or TONGBU_LANG names no
// language of the catalogue; a locale of another language is no error.
func Choose(flag string, lookup func(name string) string) (Language, error) {
	for _, asked := range []struct{ by, value string }{{"--lang", flag}, {"TONGBU_LANG", lookup("TONGBU_LANG")}} {
		if asked.value == "" {
			continue
		}
		if l, known := parse(asked.value); known {
			return l, nil
		}
		return English, fault.New(fault.Invalid, "%s: no language %q", asked.by, asked.value).WithHint("zh or en")
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := lookup(name); value != "" {
			l, _ := parse(value)
			return l, nil
		}
	}
	return English, nil
}

// parse reads a name such as zh, zh-CN or zh_CN.UTF-8.
func parse(name string) (Language, bool) {
	primary, _, _ := strings.Cut(strings.ToLower(name), ".")
	primary, _, _ = strings.Cut(strings.ReplaceAll(primary, "_", "-"), "-")
	switch l := Language(primary); l {
	case English, Chinese:
		return l, true
	}
	return English, false
}

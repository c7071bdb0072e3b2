package words

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// written is a span of time as the program writes it in English: 1h30m0s.
var written = regexp.MustCompile(`^(?:\d+h)?(?:\d+m)?(?:\d+(?:\.\d+)?s)$`)

// spans are the units of a span, the largest first.
var spans = []struct {
	unit time.Duration
	name string
}{{time.Hour, "小时"}, {time.Minute, "分钟"}, {time.Second, "秒"}}

// spanOf says a span of time as people do, when a text is one: of 1m0s, 1 分钟.
func spanOf(text string) (string, bool) {
	if !written.MatchString(text) {
		return "", false
	}
	left, err := time.ParseDuration(text)
	if err != nil || left < time.Second {
		return "", false
	}
	var parts []string
	for _, s := range spans[:2] {
		if n := left / s.unit; n > 0 {
			parts, left = append(parts, strconv.FormatInt(int64(n), 10)+" "+s.name), left%s.unit
		}
	}
	if left > 0 {
		parts = append(parts, strconv.FormatFloat(left.Seconds(), 'f', -1, 64)+" "+spans[2].name)
	}
	return strings.Join(parts, " "), true
}

// spanned are the arguments of a template with every span of time as people say it.
func spanned(args []any) []any {
	said := append([]any(nil), args...)
	for i, arg := range args {
		if d, is := arg.(time.Duration); is {
			if text, can := spanOf(d.String()); can {
				said[i] = text
			}
		}
	}
	return said
}

package words

import (
	"fmt"
	"strings"
)

// Say is fmt.Sprintf with the language's template in place of the English one.
func (l Language) Say(format string, args ...any) string {
	if text, known := l.catalogue().texts[format]; known {
		format, args = text, spanned(args)
	}
	return fmt.Sprintf(format, args...)
}

// Line turns a line that was made in English, here or on another machine: whole
// when the catalogue has its template, else part by part at ": ", where errors
// tell which steps led to them; a hint in parentheses at the end by itself. What no template fits stays.
func (l Language) Line(text string) string {
	c := l.catalogue()
	if len(c.texts) == 0 || len(text) > maxLine {
		return text
	}
	return c.line(text, maxParts)
}

// maxLine and maxParts bound the work for a line that came from elsewhere.
const (
	maxLine  = 4 << 10
	maxParts = 16
)

func (c *catalogue) line(text string, parts int) string {
	if at := strings.LastIndex(text, " ("); at >= 0 && strings.HasSuffix(text, ")") {
		if hint, known := c.texts[text[at+len(" ("):len(text)-1]]; known {
			turned, _ := c.parts(text[:at], parts)
			return turned + "（" + hint + "）"
		}
	}
	turned, _ := c.parts(text, parts)
	return turned
}

// parts also says whether anything of the text was turned.
func (c *catalogue) parts(text string, parts int) (string, bool) {
	if whole, known := c.whole(text, parts); known || parts == 0 {
		return whole, known
	}
	if turned, known := c.problems(text, parts); known {
		return turned, true
	}
	step, rest, found := strings.Cut(text, ": ")
	if !found {
		return text, false
	}
	step, known := c.whole(step, 0)
	rest, more := c.parts(rest, parts-1)
	if !known && !more {
		return text, false
	}
	return step + "：" + rest, true
}

// problems turns what is wrong with a record: sentences with the rule in brackets
// behind each, and "; " between them.
func (c *catalogue) problems(text string, parts int) (string, bool) {
	if first, rest, found := strings.Cut(text, "); "); found {
		first, known := c.parts(first+")", parts-1)
		rest, more := c.parts(rest, parts-1)
		return first + "；" + rest, known || more
	}
	at := strings.LastIndex(text, " (")
	if at < 0 || !strings.HasSuffix(text, ")") {
		return text, false
	}
	sentence, known := c.whole(text[:at], 0)
	return sentence + "（" + text[at+2:len(text)-1] + "）", known
}

// whole is the text turned by the template that fits all of it.
func (c *catalogue) whole(text string, parts int) (string, bool) {
	if turned, known := c.texts[text]; known && !strings.Contains(text, "%") {
		return turned, true
	}
	for _, p := range c.pattern {
		if values, fits := p.match(text); fits {
			return p.fill(values, func(cause string) string { return c.line(cause, max(parts-1, 0)) }), true
		}
	}
	return text, false
}

package words

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// verb is one of package fmt, with the number of its argument where it is given.
var verb = regexp.MustCompile(`%(?:\[(\d+)\])?[-+# 0]*\d*(?:\.\d+)?[a-zA-Z]|%%`)

// pattern finds an English template in a text made with it.
type pattern struct {
	expr   string
	text   func() *regexp.Regexp // of expr, made when a text has the literal: all together take megabytes
	within string                // the longest literal between the verbs
	letter int                   // how many characters stand between the verbs
	cause  []bool                // the arguments that are messages themselves: %w, %v, and %s behind a colon
	target string                // the template of the language
}

func build(texts map[string]string) *catalogue {
	c := &catalogue{texts: texts}
	for key, target := range texts {
		if p := newPattern(key, target); p != nil {
			c.pattern = append(c.pattern, p)
		}
	}
	slices.SortFunc(c.pattern, func(a, b *pattern) int {
		return cmp.Or(cmp.Compare(b.letter, a.letter), strings.Compare(a.expr, b.expr))
	})
	return c
}

// newPattern is nil for a template without verbs, and for one of nothing else:
// everything would fit it.
func newPattern(key, target string) *pattern {
	p := &pattern{target: target}
	var expr strings.Builder
	last := 0
	for _, at := range verb.FindAllStringIndex(key, -1) {
		literal := key[last:at[0]]
		found := key[at[0]:at[1]]
		last = at[1]
		p.between(literal)
		expr.WriteString(regexp.QuoteMeta(literal) + capture(found, at[0] == 0 || at[1] == len(key) && !strings.Contains(key, ": ")))
		if found != "%%" {
			behind := found == "%s" && strings.HasSuffix(literal, ": ")
			p.cause = append(p.cause, behind || strings.HasSuffix(found, "w") || strings.HasSuffix(found, "v"))
		}
	}
	p.between(key[last:])
	if p.cause == nil || p.letter < 3 {
		return nil
	}
	p.expr = `^(?s:` + expr.String() + regexp.QuoteMeta(key[last:]) + `)$`
	p.text = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(p.expr) })
	return p
}

// between counts what stands between two verbs.
func (p *pattern) between(literal string) {
	p.letter += len(strings.TrimSpace(literal))
	if len(literal) > len(p.within) {
		p.within = literal
	}
}

// capture is what a verb can have written. One that begins the template, or ends
// a step, does not reach over the steps that led to an error.
func capture(verb string, within bool) string {
	switch letter := verb[len(verb)-1]; {
	case letter == '%':
		return "%"
	case letter == 'd':
		return `([-+]?\d+)`
	case letter == 'q':
		return `("(?:[^"\\]|\\.)*")`
	case within:
		return `((?:[^:]|:[^ ])*?)`
	}
	return `(.*?)`
}

// match gives the arguments as they were written.
func (p *pattern) match(text string) ([]string, bool) {
	if !strings.Contains(text, p.within) {
		return nil, false
	}
	found := p.text().FindStringSubmatch(text)
	if found == nil {
		return nil, false
	}
	return found[1:], true
}

// fill puts the arguments into the language's template, in its order; those that
// are messages are turned first.
func (p *pattern) fill(values []string, turn func(string) string) string {
	next := 0
	return verb.ReplaceAllStringFunc(p.target, func(found string) string {
		if found == "%%" {
			return "%"
		}
		i := next
		if number := verb.FindStringSubmatch(found)[1]; number != "" {
			i, _ = strconv.Atoi(number)
			i--
		}
		next = i + 1
		if i < 0 || i >= len(values) {
			return ""
		}
		if p.cause[i] {
			return turn(values[i])
		}
		if text, is := spanOf(values[i]); is {
			return text
		}
		return values[i]
	})
}

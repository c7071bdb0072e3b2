package filter

import (
	"strings"

	"go.einride.tech/aip/filtering"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// spread writes out what people write short: status:(1 OR 2) is
// (status:1 OR status:2), as AIP-160 allows it, and status IN ("1", "2") or
// NOT IN, which it does not, are the same in the words of SQL. Strings are left
// alone. A text without any of these is returned as it is.
func spread(kind *schema.Kind, text string) (string, error) {
	tokens := lex(text)
	var out strings.Builder
	for i := 0; i < len(tokens); {
		written, next, err := spreadAt(kind, tokens, i)
		if err != nil {
			return "", err
		}
		out.WriteString(written)
		i = next
	}
	if len(text) < out.Len() && out.Len() > maxSpread {
		return "", fault.New(fault.Invalid, "the filter is longer than %d bytes when its lists are written out", maxSpread)
	}
	return out.String(), nil
}

// maxSpread bounds a filter whose lists are written out, in bytes.
const maxSpread = 8 * MaxLength

// spreadAt writes the test that begins at a token, or the token.
func spreadAt(kind *schema.Kind, tokens []filtering.Token, at int) (string, int, error) {
	name := tokens[at]
	if name.Type != filtering.TokenTypeText {
		return name.Value, at + 1, nil
	}
	next := skipBlanks(tokens, at+1)
	not := next < len(tokens) && isWord(tokens[next], "NOT")
	if not {
		next = skipBlanks(tokens, next+1)
	}
	switch {
	case next >= len(tokens):
	case isWord(tokens[next], "IN") && next > at+1:
		return spreadIn(kind, name.Value, not, tokens, skipBlanks(tokens, next+1))
	case isWord(tokens[next], "in") && next > at+1 && opens(tokens, skipBlanks(tokens, next+1)):
		return "", 0, errIn(name.Value)
	case !not && tokens[next].Type.IsComparator():
		if from := skipBlanks(tokens, next+1); opens(tokens, from) {
			return spreadList(name.Value+tokens[next].Value, tokens, from)
		}
	}
	return name.Value, at + 1, nil
}

// spreadIn writes a field's list of values with commas between.
func spreadIn(kind *schema.Kind, name string, not bool, tokens []filtering.Token, from int) (string, int, error) {
	if !opens(tokens, from) {
		return "", 0, errIn(name)
	}
	test := name + "="
	if f, ok := fieldOf(kind, parted(name)); ok && f.Type == schema.Codes {
		test = name + ":"
	}
	var parts []string
	for i := skipBlanks(tokens, from+1); ; i = skipBlanks(tokens, i+1) {
		begin := i
		for i < len(tokens) && isPartOfValue(tokens[i]) {
			i++
		}
		if i == begin {
			return "", 0, errIn(name)
		}
		parts = append(parts, test+join(tokens[begin:i]))
		i = skipBlanks(tokens, i)
		switch {
		case i >= len(tokens):
			return "", 0, errIn(name)
		case tokens[i].Type == filtering.TokenTypeRightParen:
			text := "(" + strings.Join(parts, " OR ") + ")"
			if not {
				text = "(NOT " + text + ")"
			}
			return text, i + 1, nil
		case tokens[i].Type != filtering.TokenTypeComma:
			return "", 0, errIn(name)
		}
	}
}

// spreadList writes the test before each value of the list in parentheses, and keeps
// what joins them.
func spreadList(test string, tokens []filtering.Token, from int) (string, int, error) {
	var out strings.Builder
	depth := 0
	for i := from; i < len(tokens); {
		switch t := tokens[i]; {
		case t.Type == filtering.TokenTypeLeftParen:
			depth++
		case t.Type == filtering.TokenTypeRightParen:
			depth--
		case t.Type == filtering.TokenTypeWhitespace, isWord(t, "OR"), isWord(t, "AND"), isWord(t, "NOT"):
		case t.Type == filtering.TokenTypeComma:
			return "", 0, fault.New(fault.Invalid, "a list of values has a comma").WithHint(`write status:(1 OR 2), or status IN ("1", "2")`)
		default:
			begin := i
			for i < len(tokens) && isPartOfValue(tokens[i]) {
				i++
			}
			if i == begin {
				return "", 0, fault.New(fault.Invalid, "a list of values has something else in it").WithHint(`write status:(1 OR 2), or status IN ("1", "2")`)
			}
			out.WriteString(test + join(tokens[begin:i]))
			continue
		}
		out.WriteString(tokens[i].Value)
		if i++; depth == 0 {
			return out.String(), i, nil
		}
	}
	return out.String(), len(tokens), nil // the parser misses the parenthesis
}

func errIn(name string) error {
	name = parted(name)
	if !namePattern.MatchString(name) {
		name = "status"
	}
	return fault.New(fault.Invalid, "a list of values after IN is not complete").WithHint(`write %s IN ("1", "2"), or %s:(1 OR 2)`, name, name)
}

func isWord(t filtering.Token, word string) bool {
	return t.Type != filtering.TokenTypeString && t.Value == word
}

func opens(tokens []filtering.Token, at int) bool {
	return at < len(tokens) && tokens[at].Type == filtering.TokenTypeLeftParen
}

func skipBlanks(tokens []filtering.Token, at int) int {
	for at < len(tokens) && tokens[at].Type == filtering.TokenTypeWhitespace {
		at++
	}
	return at
}

// isPartOfValue reports whether a value goes on with the token.
func isPartOfValue(t filtering.Token) bool {
	switch t.Type {
	case filtering.TokenTypeWhitespace, filtering.TokenTypeLeftParen, filtering.TokenTypeRightParen, filtering.TokenTypeComma:
		return false
	}
	return true
}

func join(tokens []filtering.Token) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString(t.Value)
	}
	return b.String()
}

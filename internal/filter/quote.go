package filter

import (
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"go.einride.tech/aip/filtering"
)

// quoted is a filter in which values with digits and signs stand in quotes:
// AIP-160 reads 01 as an octal number, and 1990-01-01 or p-1 not at all.
type quoted struct {
	text   string
	added  []int // offsets in text of the quotes that were added
	origin string
}

func quote(text string) quoted {
	tokens := lex(text)
	q := quoted{origin: text}
	var out strings.Builder
	for i := 0; i < len(tokens); {
		n := 0
		if followsComparator(tokens[:i]) {
			n = valueRun(tokens[i:])
		}
		if n == 0 {
			out.WriteString(tokens[i].Value)
			i++
			continue
		}
		q.added = append(q.added, out.Len())
		out.WriteByte('"')
		for _, token := range tokens[i : i+n] {
			out.WriteString(token.Value)
		}
		q.added = append(q.added, out.Len())
		out.WriteByte('"')
		i += n
	}
	q.text = out.String()
	return q
}

// lex splits the text; what does not lex is kept as one last token, about which
// the parser then complains.
func lex(text string) []filtering.Token {
	var lexer filtering.Lexer
	lexer.Init(text)
	var tokens []filtering.Token
	for done := 0; ; {
		token, err := lexer.Lex()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				tokens = append(tokens, filtering.Token{Value: text[done:]})
			}
			return tokens
		}
		done += len(token.Value)
		tokens = append(tokens, token)
	}
}

func followsComparator(before []filtering.Token) bool {
	n := len(before)
	if n > 0 && before[n-1].Type == filtering.TokenTypeWhitespace {
		n--
	}
	return n > 0 && before[n-1].Type.IsComparator()
}

// valueRun counts the tokens of a value to be quoted: 5, -5, 0x1, 1990-01-01,
// 2026-01-02T03:04:05.6Z, 11010X, p-1. A single word needs no quotes.
func valueRun(tokens []filtering.Token) int {
	first := 0
	if tokens[0].Type == filtering.TokenTypeMinus {
		first = 1
	}
	if first >= len(tokens) || !beginsValue(tokens[first], first) {
		return 0
	}
	n := first + 1
	for n < len(tokens) && continuesValue(tokens[n].Type) && !strings.ContainsAny(tokens[n].Value, `"'\`) {
		n++
	}
	if n == 1 && !isNumber(tokens[0].Type) {
		return 0
	}
	return n
}

// beginsValue reports whether a value may begin so; after a minus only a number.
func beginsValue(token filtering.Token, minus int) bool {
	word := token.Type == filtering.TokenTypeText && minus == 0 && !strings.ContainsAny(token.Value, `"'\\`)
	return word || isNumber(token.Type)
}

func isNumber(t filtering.TokenType) bool {
	return t == filtering.TokenTypeNumber || t == filtering.TokenTypeHexNumber
}

func continuesValue(t filtering.TokenType) bool {
	switch t {
	case filtering.TokenTypeText, filtering.TokenTypeMinus, filtering.TokenTypeDot, filtering.TokenTypeHas:
		return true
	}
	return isNumber(t)
}

// column returns where an offset of the quoted text is in what the user wrote,
// in characters from 1.
func (q quoted) column(offset int) int {
	origin := offset
	for _, at := range q.added {
		if at < offset {
			origin--
		}
	}
	origin = min(max(origin, 0), len(q.origin))
	return utf8.RuneCountInString(q.origin[:origin]) + 1
}

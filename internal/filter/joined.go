package filter

import (
	"strings"

	"go.einride.tech/aip/filtering"
)

// Names that a city has published begin with x. (schema.Publish). The parser reads the
// dot as that of a member, so it is given another character, which is part of a word.
const (
	published = "x"
	joint     = "ꓸ" // U+A4F8, a letter of Lisu that looks like a dot
)

// joinNames makes one word of each published name. What follows a comparison is a value and
// stays as it is.
func joinNames(text string) string {
	if !strings.Contains(text, published+".") {
		return text
	}
	tokens := lex(text)
	var out strings.Builder
	for i := 0; i < len(tokens); i++ {
		if isPublished(tokens, i) {
			out.WriteString(published + joint)
			i++
			continue
		}
		out.WriteString(tokens[i].Value)
	}
	return out.String()
}

// isPublished reports whether a published name begins at a token.
func isPublished(tokens []filtering.Token, at int) bool {
	if tokens[at].Type != filtering.TokenTypeText || tokens[at].Value != published || at+2 >= len(tokens) || followsComparator(tokens[:at]) {
		return false
	}
	return tokens[at+1].Type == filtering.TokenTypeDot && tokens[at+2].Type == filtering.TokenTypeText &&
		(at == 0 || tokens[at-1].Type != filtering.TokenTypeDot)
}

// parted is the word as it was written.
func parted(word string) string {
	if rest, joined := strings.CutPrefix(word, published+joint); joined {
		return published + "." + rest
	}
	return word
}

package desk

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/names"
	"tongbu/internal/schema"
)

// maxLookFor is the length of the longest text that is searched for, in characters.
const maxLookFor = 200

// rank is how a text fits a field; the lower the better.
type rank uint8

const (
	whole rank = iota
	prefix
	part
	unmatched
)

// String is how answers name it.
func (r rank) String() string { return [...]string{"whole", "prefix", "part", ""}[r] }

// form is how a field's values are compared with what is searched for.
type form uint8

const (
	asText   form = iota + 1
	asName        // of a person: the surname has readings of its own
	asTitle       // of anything else that has a name
	asNumber      // letters and digits alone count
	asID          // a citizen's ID number: whole, or by its last four characters
)

// formOf is the form of a field that is searched, 0 of one that is not. It follows
// from what the schema says of the field, so that a kind which is added is searched
// too. A person's name that says nothing of the record's subject, such as the
// surveyor's, is not.
func formOf(k *schema.Kind, f *schema.Field) form {
	switch {
	case f.Type == schema.IDNumber:
		return asID
	case f.Type != schema.Text || f.Mask || k.Personal && !f.IsPersonal():
		return 0
	case f.PersonName:
		return asName
	case f.Name == "name":
		return asTitle
	case endsIn(f.Name, "phone") || endsIn(f.Name, "no"):
		return asNumber
	case endsIn(f.Name, "address") || f.Index:
		return asText
	}
	return 0
}

// endsIn reports whether the last word of a field's name is this one.
func endsIn(name, word string) bool { return name == word || strings.HasSuffix(name, "_"+word) }

// fold is a value, or a text that is searched for, as it is compared in a form.
func (f form) fold(text string) string {
	switch f {
	case asID:
		return schema.NormalizeID(text)
	case asNumber:
		return onlyNumber(text)
	}
	return strings.ToLower(strings.ReplaceAll(names.Key(text), " ", ""))
}

// onlyNumber leaves out what people write between the digits of a number.
func onlyNumber(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, schema.NormalizeID(text))
}

// lookFor is a text that is searched for, in each form.
type lookFor struct {
	text    string
	number  string
	ids     []string        // the spellings of a whole ID number; nil: it is none
	tail    string          // the last four characters of one; "": it is none
	letters string          // of pinyin; "": it is none
	id      change.RecordID // "": it is no record's name
}

func isNamed(id change.RecordID) bool {
	_, named := id.Maker()
	return named
}

// readLookFor reads a text. It returns Invalid, and never the text, for one that fits
// nothing.
func readLookFor(text string) (*lookFor, error) {
	text = strings.TrimSpace(text)
	q := &lookFor{text: asText.fold(text), number: asNumber.fold(text), letters: lettersOf(text)}
	if id := change.RecordID(text); isNamed(id) {
		q.id = id
	}
	switch {
	case !utf8.ValidString(text) || names.IsBroken(text):
		return nil, fault.New(fault.Invalid, "the text to search for is not UTF-8")
	case q.text == "" || names.IsBlank(text):
		return nil, fault.New(fault.Invalid, "there is nothing to search for").WithHint("give a part of a name, its pinyin, an address or a number")
	case utf8.RuneCountInString(text) > maxLookFor:
		return nil, fault.New(fault.Invalid, "the text to search for has more than %d characters", maxLookFor)
	}
	switch id := strings.ToUpper(q.number); {
	case !isIDPart(id):
	case len(id) == 15, len(id) == 18:
		for _, spelt := range schema.Spellings(idNumber, change.Text(id)) {
			q.ids = append(q.ids, spelt.Text())
		}
	case len(id) == idTail:
		q.tail = id
	}
	return q, nil
}

// idNumber is what every ID number is a value of.
var idNumber = &schema.Field{Type: schema.IDNumber}

// idTail is how many characters of an ID number are enough to search for it.
const idTail = 4

// isIDPart reports whether a text can be the end of an ID number: digits, and an X at
// most behind them.
func isIDPart(text string) bool {
	digits := strings.TrimSuffix(strings.ToUpper(text), "X")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// lettersOf is a text of pinyin without what stands between syllables, with v for ü;
// "" when it has anything else.
func lettersOf(text string) string {
	text = strings.NewReplacer("ü", "v", " ", "", "'", "", "’", "", "-", "").Replace(asText.fold(text))
	if strings.ContainsFunc(text, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return ""
	}
	return text
}

// match reports how the text fits a line of a record; heard says that it does by its
// pinyin.
func (q *lookFor) match(l *line, s *sounder) (fits rank, heard bool) {
	switch l.form {
	case asID:
		return q.matchID(l.text), false
	case asNumber:
		return matchPart(l.text, q.number), false
	}
	fits = matchPart(l.text, q.text)
	if q.letters == "" || l.sounds == "" || fits == whole {
		return fits, false
	}
	if by := s.match(l.sounds, q.letters); by < fits {
		return by, true
	}
	return fits, false
}

func (q *lookFor) matchID(number string) rank {
	for _, id := range q.ids {
		if number == id {
			return whole
		}
	}
	if q.tail != "" && len(number) > idTail && strings.HasSuffix(number, q.tail) {
		return part
	}
	return unmatched
}

func matchPart(text, of string) rank {
	if of == "" {
		return unmatched
	}
	switch at := strings.Index(text, of); {
	case at < 0:
		return unmatched
	case at > 0:
		return part
	case len(text) == len(of):
		return whole
	}
	return prefix
}

// shownText is what a log may say of a text that was searched for: digits that could be
// an ID number, its end or another number of a person are masked.
func shownText(text string) string {
	text = strings.TrimSpace(text)
	if number := strings.ToUpper(onlyNumber(text)); isIDPart(number) && len(number) >= idTail {
		return schema.Masked(number)
	}
	plain := schema.NormalizeID(text)
	masked := maskDigits(plain)
	if masked == plain {
		return text
	}
	return masked
}

// maskDigits masks each run of digits, and an X behind it, that is as long as the end
// of an ID number or longer.
func maskDigits(text string) string {
	isDigit := func(r byte) bool { return r >= '0' && r <= '9' }
	var b strings.Builder
	for i := 0; i < len(text); {
		end := i
		for end < len(text) && isDigit(text[end]) {
			end++
		}
		if end > i && end < len(text) && text[end] == 'X' {
			end++
		}
		switch run := text[i:end]; {
		case run == "":
			b.WriteByte(text[i])
			i++
			continue
		case len(run) >= idTail:
			b.WriteString(schema.Masked(run))
		default:
			b.WriteString(run)
		}
		i = end
	}
	return b.String()
}

package sheet

import (
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

// texts are the texts that cells share, many in one piece of memory. Pieces do not grow
// into larger ones, which would take the memory twice.
type texts struct {
	shelves []shelf
	size    int64 // bytes that they take
}

// shelf are some texts, one behind the other.
type shelf struct {
	all  []byte
	ends []uint32
}

// perShelf is how many texts stand on one shelf, and perText what one takes beside its
// bytes.
const (
	perShelf = 4096
	perText  = 8
)

func (t *texts) at(i int) (string, bool) {
	if t == nil || i < 0 || i/perShelf >= len(t.shelves) || i%perShelf >= len(t.shelves[i/perShelf].ends) {
		return "", false
	}
	s, n, from := &t.shelves[i/perShelf], i%perShelf, uint32(0)
	if n > 0 {
		from = s.ends[n-1]
	}
	return string(s.all[from:s.ends[n]]), true
}

func (t *texts) add(text string) {
	if n := len(t.shelves); n == 0 || len(t.shelves[n-1].ends) == perShelf {
		t.shelves = append(t.shelves, shelf{})
	}
	s := &t.shelves[len(t.shelves)-1]
	s.all = append(s.all, text...)
	s.ends = append(s.ends, uint32(len(s.all))) //nolint:gosec // texts of a shelf are bounded with all of them
	t.size += int64(len(text)) + perText
}

// A file holds its texts packed: those of people become a few times as large.
const (
	textsFold = 10
	textsFree = 16 << 20 // bytes that no file is refused for
)

func (w *workbook) readStrings(part string) (*texts, error) {
	t := &texts{}
	var one richText
	err := w.tokens(part, maxStrings, func(token xml.Token) error {
		if one.add(token, "si") {
			t.add(one.text())
		}
		if t.size > max(textsFree, textsFold*w.size) {
			return errBomb
		}
		return nil
	})
	return t, err
}

// richText puts a text together of its runs. How it is pronounced stands beside it
// and is left out.
type richText struct {
	inside, spoken, run bool
	said                strings.Builder
}

// add reads a token, and reports whether the element that holds the text has ended.
func (r *richText) add(token xml.Token, element string) bool {
	switch t := token.(type) {
	case xml.StartElement:
		switch t.Name.Local {
		case element:
			r.inside = true
			r.said.Reset()
		case "rPh":
			r.spoken = true
		case "t":
			r.run = r.inside && !r.spoken
		}
	case xml.CharData:
		if r.run {
			r.said.Write(t)
		}
	case xml.EndElement:
		switch t.Name.Local {
		case element:
			r.inside, r.run = false, false
			return true
		case "rPh":
			r.spoken = false
		case "t":
			r.run = false
		}
	}
	return false
}

func (r *richText) text() string { return unescape(r.said.String()) }

var escapedUnit = regexp.MustCompile(`_x([0-9A-Fa-f]{4})_`)

// unescape reads _x000D_, as Excel writes characters that XML does not have.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return escapedUnit.ReplaceAllStringFunc(s, func(found string) string {
		n, err := strconv.ParseUint(found[2:6], 16, 16)
		if err != nil || utf16.IsSurrogate(rune(n)) {
			return found
		}
		return string(rune(n))
	})
}

// readStyles reads which styles of cells show a number as a date.
func (w *workbook) readStyles(part string) (days []bool, err error) {
	formats := map[string]bool{}
	within := false
	err = w.tokens(part, maxPart, func(token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "numFmt":
				formats[attr(t, "numFmtId")] = showsDay(attr(t, "formatCode"))
			case "cellXfs":
				within = true
			case "xf":
				if within {
					id := attr(t, "numFmtId")
					shown, own := formats[id]
					days = append(days, own && shown || !own && isDayFormat(id))
				}
			}
		case xml.EndElement:
			if t.Name.Local == "cellXfs" {
				within = false
			}
		}
		return nil
	})
	return days, err
}

// isDayFormat reports whether one of the formats that no file spells out shows a
// date; 27 to 36 and 50 to 58 are those of East Asia.
func isDayFormat(id string) bool {
	n, err := strconv.Atoi(id)
	return err == nil && (n >= 14 && n <= 17 || n == 22 || n >= 27 && n <= 36 || n >= 50 && n <= 58)
}

// unquoted is what a format shows of the value itself.
var unquoted = regexp.MustCompile(`"[^"]*"|\\.|_.|\*.|\[[^\]]*\]`)

// showsDay reports whether a format shows a year or a day: h, m and s alone are a
// time.
func showsDay(format string) bool {
	first, _, _ := strings.Cut(unquoted.ReplaceAllString(format, ""), ";")
	first = strings.ToLower(first)
	return strings.Contains(first, "y") || strings.Contains(first, "d") && !strings.Contains(first, "general") || strings.Contains(first, "m") && !strings.ContainsAny(first, "hs0#")
}

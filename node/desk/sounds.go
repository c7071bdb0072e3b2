package desk

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/mozillazg/go-pinyin"

	"tongbu/internal/names"
)

// Lines of a surname or a character, and of its readings.
var (
	//go:embed data/surnames.txt
	surnameLines string
	//go:embed data/readings.txt
	readingLines string
)

// readingTables are what the dictionary does not say of names.
type readingTables struct {
	surnames map[string][][]string // of one character or two -> readings of each
	common   map[rune][]string     // common readings of a character
}

var readTables = sync.OnceValue(func() readingTables {
	t := readingTables{surnames: readReadings(surnameLines), common: map[rune][]string{}}
	for text, readings := range readReadings(readingLines) {
		t.common[[]rune(text)[0]] = readings[0]
	}
	return t
})

func readReadings(lines string) map[string][][]string {
	all := map[string][][]string{}
	for line := range strings.Lines(lines) {
		parts := strings.Fields(line)
		if len(parts) < 2 || parts[0] == "#" {
			continue
		}
		for _, part := range parts[1:] {
			all[parts[0]] = append(all[parts[0]], strings.Split(part, "/"))
		}
	}
	return all
}

// readings of a character, without tones and in small letters; none for one that is not
// read, as a dot.
// A letter is read as itself.
func (t readingTables) readings(r rune) []string {
	if common := t.common[r]; common != nil {
		return common
	}
	if r < unicode.MaxASCII {
		if r = unicode.ToLower(r); r >= 'a' && r <= 'z' {
			return []string{string(r)}
		}
		return nil
	}
	return slices.DeleteFunc(pinyin.SinglePinyin(r, pinyin.Args{Style: pinyin.Normal}), func(reading string) bool {
		return reading == "" || strings.ContainsFunc(reading, func(c rune) bool { return c < 'a' || c > 'z' })
	})
}

// surname returns the readings of the surname that a name begins with, one for each
// of its characters; nil when they are those of any other place. A name of parts,
// which have dots between them, has none.
func (t readingTables) surname(name []rune) [][]string {
	if slices.Contains(name, names.Dot) {
		return nil
	}
	for _, length := range []int{2, 1} {
		if len(name) >= length && t.surnames[string(name[:length])] != nil {
			return t.surnames[string(name[:length])]
		}
	}
	return nil
}

// sounds is how a name is read: for each character that has a reading the number of
// its readings in a sounder, of two bytes.
type sounds string

func (s sounds) count() int { return len(s) / 2 }

func (s sounds) at(i int) int { return int(s[2*i])<<8 | int(s[2*i+1]) }

// sounder numbers the readings that names have, so that thousands of names share them.
type sounder struct {
	tables  readingTables
	numbers map[string]int // readings, joined -> number
	sets    []syllable
	met     map[rune]int // characters that are no surnames; -1: without a reading
}

// syllable is one character's readings.
type syllable struct {
	readings []string
	begins   uint32 // with which letters
}

func newSounder() *sounder {
	return &sounder{tables: readTables(), numbers: map[string]int{}, met: map[rune]int{}}
}

// sounds reads a name by its key; surname says that it may begin with one.
func (s *sounder) sounds(key string, surname bool) sounds {
	runes := []rune(key)
	var read []byte
	if surname {
		of := s.tables.surname(runes)
		for _, readings := range of {
			read = appendNumber(read, s.number(readings))
		}
		runes = runes[len(of):]
	}
	for _, r := range runes {
		if n := s.numberOf(r); n >= 0 {
			read = appendNumber(read, n)
		}
	}
	return sounds(read)
}

func appendNumber(read []byte, n int) []byte { return append(read, byte(n>>8), byte(n)) }

func (s *sounder) numberOf(r rune) int {
	n, known := s.met[r]
	if !known {
		n = -1
		if readings := s.tables.readings(r); len(readings) > 0 {
			n = s.number(readings)
		}
		s.met[r] = n
	}
	return n
}

// number is that of readings; there are some thousands.
func (s *sounder) number(readings []string) int {
	joined := strings.Join(readings, "/")
	if n, known := s.numbers[joined]; known {
		return n
	}
	var made syllable
	for _, r := range readings {
		for _, spelt := range spellings(r) {
			made.readings = append(made.readings, spelt)
			made.begins |= 1 << (spelt[0] - 'a')
		}
	}
	s.numbers[joined] = len(s.sets)
	s.sets = append(s.sets, made)
	return len(s.sets) - 1
}

// spellings are the ways in which a syllable is typed: of one with ü as input methods
// have it, as passports do, and without the dots.
func spellings(reading string) []string {
	if !strings.Contains(reading, "v") {
		return []string{reading}
	}
	return []string{reading, strings.Replace(reading, "v", "yu", 1), strings.Replace(reading, "v", "u", 1)}
}

// maxLetters is how long a text of pinyin may be: offsets in it are bits.
const maxLetters = 63

// match reports how letters fit a name: each of its characters, from one on, takes the
// beginning of a reading, one letter or all. Initials fit so, whole syllables, and
// both in turn.
func (s *sounder) match(name sounds, letters string) rank {
	if letters == "" || len(letters) > maxLetters {
		return unmatched
	}
	first := uint32(1) << (letters[0] - 'a')
	best := unmatched
	for from := range name.count() {
		if s.sets[name.at(from)].begins&first == 0 {
			continue
		}
		switch fits, all := s.fits(name, from, letters); {
		case fits && all && from == 0:
			return whole
		case fits && from == 0:
			best = prefix
		case fits:
			best = min(best, part)
		}
	}
	return best
}

// fits reports whether letters are taken by the characters from one on, and whether
// that takes all of them. The bits of reached are the offsets that the next one may
// begin at.
func (s *sounder) fits(name sounds, from int, letters string) (fits, all bool) {
	reached := uint64(1)
	for i := from; i < name.count() && reached != 0; i++ {
		var next uint64
		for at := range len(letters) {
			if reached&(1<<at) == 0 {
				continue
			}
			for _, r := range s.sets[name.at(i)].readings {
				for n := 0; n < len(r) && at+n < len(letters) && r[n] == letters[at+n]; n++ {
					next |= 1 << (at + n + 1)
				}
			}
		}
		if end := uint64(1) << len(letters); next&end != 0 {
			fits, all = true, i == name.count()-1
			next &^= end
		}
		reached = next
	}
	return fits, all
}

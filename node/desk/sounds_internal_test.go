package desk

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
	"pgregory.net/rapid"
)

// TestReadingTables: each row is in form, and says something that is not said without it.
func TestReadingTables(t *testing.T) {
	tables := readTables()
	if len(tables.surnames) < 30 || len(tables.common) < 50 {
		t.Fatalf("%d surnames and %d characters", len(tables.surnames), len(tables.common))
	}
	for text, readings := range tables.surnames {
		if n := utf8.RuneCountInString(text); n != len(readings) || n > 2 {
			t.Errorf("%s has %d readings", text, len(readings))
			continue
		}
		same := true
		for i, r := range []rune(text) {
			checkReadings(t, r, readings[i])
			same = same && strings.Join(readings[i], "/") == strings.Join(tables.readings(r), "/")
		}
		if same {
			t.Errorf("%s is read as a surname as anywhere", text)
		}
	}
	for r, readings := range tables.common {
		checkReadings(t, r, readings)
		if first := pinyin.SinglePinyin(r, pinyin.NewArgs()); len(readings) == 1 && readings[0] == first[0] {
			t.Errorf("%c is read as the dictionary says", r)
		}
	}
}

// alone are readings that characters have as surnames only.
var alone = map[rune]string{'费': "bi", '黑': "he", '谌': "shen", '贠': "yun"}

// checkReadings finds readings that were mistyped.
func checkReadings(t *testing.T, r rune, readings []string) {
	t.Helper()
	known := strings.Join(pinyin.SinglePinyin(r, pinyin.Args{Heteronym: true}), "/") + "/"
	for _, reading := range readings {
		if !unicode.Is(unicode.Han, r) || reading == "" || strings.Trim(reading, "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Errorf("%c: %q is no reading", r, reading)
		}
		if !strings.Contains("/"+known, "/"+reading+"/") && reading != alone[r] {
			t.Errorf("%c: no dictionary knows %q", r, reading)
		}
	}
}

// slowFits is fits, by trying each way.
func slowFits(syllables [][]string, letters string) (fits, all bool) {
	if letters == "" {
		return true, len(syllables) == 0
	}
	if len(syllables) == 0 {
		return false, false
	}
	for _, r := range syllables[0] {
		for n := 1; n <= len(r) && strings.HasPrefix(letters, r[:n]); n++ {
			f, a := slowFits(syllables[1:], letters[n:])
			fits, all = fits || f, all || a
		}
	}
	return fits, all
}

// TestFits: letters fit a name exactly where trying each way finds that they do.
func TestFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := []rune(rapid.StringOfN(rapid.SampledFrom([]rune("安娜昂单尉迟吕西先仙李恩额王·a")), 1, 6, -1).Draw(t, "name"))
		s := newSounder()
		read := s.sounds(string(name), true)
		var syllables [][]string
		var typed string
		for i := range read.count() {
			set := s.sets[read.at(i)].readings
			syllables = append(syllables, set)
			r := rapid.SampledFrom(set).Draw(t, "reading")
			typed += r[:rapid.IntRange(1, len(r)).Draw(t, "letters")]
		}
		if typed == "" {
			return
		}
		if got := s.match(read, typed); got != whole {
			t.Fatalf("%s by %q: %v", string(name), typed, got)
		}
		letters := rapid.StringOfN(rapid.SampledFrom([]rune("aninglx")), 1, 8, -1).Draw(t, "text")
		for from := range syllables {
			f, a := s.fits(read, from, letters)
			if wantF, wantA := slowFits(syllables[from:], letters); f != wantF || a != wantA {
				t.Fatalf("%v by %q: fits %v, all %v; want %v, %v", syllables[from:], letters, f, a, wantF, wantA)
			}
		}
	})
}

package names_test

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tongbu/internal/names"
)

// TestKey: ways to write one name have one key.
func TestKey(t *testing.T) {
	for _, c := range []struct {
		what, want string
		written    []string
	}{
		{"blanks", "王明", []string{"王明", "王　明", "王 明", " 王  明 ", "王\u00a0明", "王\u2003明\u3000"}},
		{"dots", "阿卜杜·热合曼", []string{"阿卜杜·热合曼", "阿卜杜•热合曼", "阿卜杜・热合曼", "阿卜杜．热合曼", "阿卜杜‧热合曼", "阿卜杜･热合曼", "阿卜杜 · 热合曼", "阿卜杜.热合曼", "阿卜杜⋅热合曼"}},
		{"radicals of a PDF", "玉文金", []string{"\u2f5f\u2f42\u2fa6", "玉文\u2fa6"}},
		{"radicals of the supplement", "厂長西", []string{"\u2e81\u2ed1\u2ec4", "厂長\u2ec4"}},
		{"compatibility ideographs", "車龍", []string{"\uf902\uf9c4", "車龍"}},
		{"private, GBK", "王\u9fb4", []string{"王\ue81e", "王\u9fb4"}},
		{"private, of a radical", "王厂", []string{"王\ue815", "王\u2e81", "王厂"}},
		{"private, a letter", "ḿ", []string{"\ue7c7", "m\u0301", "ḿ"}},
		{"decomposed letters", "José", []string{"José", "Jose\u0301"}},
		{"full-width letters", "Ali Khan", []string{"Ａｌｉ　Ｋｈａｎ", "Ali  Khan", "Ali Khan "}},
		{"rare characters", "𠮷野", []string{"𠮷野", "𠮷 野"}},
		{"a name of letters and characters", "王 Lee", []string{"王 Lee", "王　Lee"}},
		{"nothing", "", []string{"", " ", "　"}},
	} {
		for _, name := range c.written {
			if got := names.Key(name); got != c.want {
				t.Errorf("%s: %q has the key %q, not %q", c.what, name, got, c.want)
			}
		}
	}
	for _, pair := range [][2]string{{"王明", "王朋"}, {"王明", "明王"}, {"Ali Khan", "AliKhan"}, {"阿·卜杜", "阿卜·杜"}, {"戸田", "户田"}} {
		if names.Key(pair[0]) == names.Key(pair[1]) {
			t.Errorf("%q and %q are one", pair[0], pair[1])
		}
	}
}

// TestKeyIsItsOwnKey: an index may be asked by a key or by a name.
func TestKeyIsItsOwnKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOf(rapid.OneOf(rapid.SampledFrom([]rune(" 　王明\u2f42\u2e81\ue815·•．.･\u0301e1Ａ\u00a0한\u1100\u1161")), rapid.Rune())).Draw(t, "name")
		key := names.Key(name)
		if again := names.Key(key); again != key || !utf8.ValidString(key) {
			t.Fatalf("%q: key %q, whose key is %q", name, key, again)
		}
		if names.Key(names.Tidy(name)) != key {
			t.Fatalf("%q: tidied it has another key", name)
		}
	})
}

func TestTidy(t *testing.T) {
	for given, want := range map[string]string{
		" 王明　":       "王明",
		"王　明":        "王　明",
		"阿卜杜•热合曼":    "阿卜杜·热合曼",
		"阿卜杜・热合曼":    "阿卜杜·热合曼",
		"阿卜杜．热合曼":    "阿卜杜·热合曼",
		"阿卜杜‧热合曼":    "阿卜杜·热合曼",
		"J．Smith":    "J．Smith",
		"•王":         "•王",
		"𠮷•王•\ue815": "𠮷·王·\ue815",
	} {
		if got := names.Tidy(given); got != want {
			t.Errorf("%q: %q, not %q", given, got, want)
		}
	}
}

func TestInvisible(t *testing.T) {
	for _, r := range "\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff\u00ad\u061c\u180e\u034f\u115f\u3164\uffa0\ufe0f\U000e0100\U000e0041\u2028\u2800\u17b4" {
		if name := "王" + string(r) + "明"; !names.HasInvisible(name) {
			t.Errorf("%U has a width", r)
		}
		if !names.IsBlank(string(r) + " ") {
			t.Errorf("%U alone is a name", r)
		}
	}
	for _, name := range []string{"王明", "阿卜杜·热合曼", "José", "Jose\u0301", "𠮷野", "王\ue815", "ᠪᠠᠲᠤ", "བསོད་ནམས", "ئابدۇللا", "王　明", "㛃"} {
		if names.HasInvisible(name) || names.IsBlank(name) || names.IsBroken(name) || names.HasDigit(name) {
			t.Errorf("%q is a name", name)
		}
	}
	for _, text := range []string{"", " ", "　\u00a0", "\u0301", " \u0301\u20dd", "\u200b\u0301"} {
		if !names.IsBlank(text) {
			t.Errorf("%q is to be seen", text)
		}
	}
}

func TestDigits(t *testing.T) {
	for _, name := range []string{"李4", "李４", "李٤", "李④", "李⑷", "李⒋", "李⁴", "李₄", "李Ⅳ", "李🄅", "李𝟜", "李❹", "李㏣", "4"} {
		if !names.HasDigit(name) {
			t.Errorf("%q has no digit", name)
		}
	}
	for _, name := range []string{"李四", "〇", "李〇一", "陆柒", "万廿"} {
		if names.HasDigit(name) {
			t.Errorf("%q has a digit", name)
		}
	}
}

func TestPrivateAndBroken(t *testing.T) {
	for _, r := range "\ue000\ue815\uf8ff\U000f0000\U0010fffd" {
		if !names.HasPrivate("王" + string(r)) {
			t.Errorf("%U is not private", r)
		}
	}
	if names.HasPrivate("王明·𠮷") || !names.IsBroken("王\ufffd") || names.IsBroken("王") {
		t.Error("private or broken is wrong")
	}
}

func BenchmarkKey(b *testing.B) {
	for name, text := range map[string]string{"plain": "王小明", "dotted": "阿卜杜·热合曼", "odd": "王　\u2f42明"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				names.Key(text)
			}
		})
	}
}

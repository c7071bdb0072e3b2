package plain_test

import (
	"testing"

	"tongbu/internal/plain"
)

func TestFile(t *testing.T) {
	for raw, want := range map[string]struct {
		text string
		in   plain.Encoding
	}{
		"":                         {"", plain.UTF8},
		"web: 1\r\n":               {"web: 1\r\n", plain.UTF8},
		"\ufeff黄石":                 {"黄石", plain.UTF8},
		"\xff\xfew\x00e\x00":       {"\xff\xfew\x00e\x00", plain.UTF16},
		"\xfe\xff\x00w\x00e":       {"\xfe\xff\x00w\x00e", plain.UTF16},
		"w\x00e\x00b\x00":          {"w\x00e\x00b\x00", plain.UTF16},
		"\xbb\xc6\xca\xaf\xca\xd0": {"\xbb\xc6\xca\xaf\xca\xd0", plain.Other},
	} {
		if text, in := plain.File([]byte(raw)); string(text) != want.text || in != want.in {
			t.Errorf("%q: got %q, %d, want %q, %d", raw, text, in, want.text, want.in)
		}
	}
}

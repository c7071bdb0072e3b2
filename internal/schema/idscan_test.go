package schema_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/schema"
)

// TestHoldsIDNumber: the numbers are made up, of birth years nobody living has.
func TestHoldsIDNumber(t *testing.T) {
	for _, text := range []string{
		"420205189809275088", "440524188001010014", "11010519491231002X", "11010519491231002x",
		"p-420205189809275088", "420205189809275088-1", "x420205189809275088y", "99420205189809275088", "4202051898092750881",
		"420205-18980927-5088", "420205_18980927_5088", "4.2.0.2.0.5.1.8.9.8.0.9.2.7.5.0.8.8", "420205 18980927 508 8",
		"４２０２０５１８９８０９２７５０８８", "１１０１０５１９４９１２３１００２Ｘ", "420205\u200b18980927\ufffd5088", "420205\n18980927\n5088",
		"420205980927508", "p-420205980927508", "420205980927508.x", "420205-980927-508", "身份证420205980927508。",
		"一二三420205189809275088四", "aq2elxbgn5cqvmtd.420205189809275088",
	} {
		if !schema.HoldsIDNumber(text) {
			t.Errorf("%q is not found", text)
		}
		masked := schema.MaskIDNumbers(text)
		if masked == text || schema.HoldsIDNumber(masked) || strings.Contains(masked, "0927") {
			t.Errorf("%q is masked as %q", text, masked)
		}
	}
	for _, text := range []string{
		"", "p-1", "13900000000", "42020518980927508", "4202051898092750",
		"420205981327508", "20205980927508", "1420205980927508", "4202059809275081", "020205980927508", "202601150000001", "20260115000000000001",
		"0190a5b2-7c3d-7e4f-8a9b-0c1d2e3f4a5b", "aq2elxbgn5cqvmtd.0cr5di8vb1ns6g0ht3k7qpm2uo", "420205a18980927b5088", "420205--18980927--5088",
	} {
		if schema.HoldsIDNumber(text) || schema.MaskIDNumbers(text) != text {
			t.Errorf("%q is taken for an ID number", text)
		}
	}
}

// TestMaskMistyped: a number with a wrong digit, wherever it stands, is covered too; what
// has as many digits and is none is not.
func TestMaskMistyped(t *testing.T) {
	const number = "11010519491231002X"
	for i := range number[:17] {
		wrong := []byte(number)
		wrong[i] = '0' + (wrong[i]-'0'+5)%10
		text := "身份证" + string(wrong) + "，见户口簿"
		if got, want := schema.MaskIDNumbers(text), "身份证"+schema.Masked(string(wrong))+"，见户口簿"; got != want {
			t.Errorf("digit %d wrong: %s, want %s", i+1, got, want)
		}
	}
	for _, text := range []string{"110105194912310020", "110105 19491231 0020", "110105-1949-12-31-0020", "１１０１０５１９４９１２３１００２０"} {
		if got := schema.MaskIDNumbers(text); got == text || schema.HoldsIDNumber(text) {
			t.Errorf("%s is shown, or taken for a whole number", text)
		}
	}
	for _, text := range []string{"914202007071234567", "6222020200112233444", "9901010010012026000008", "1101051949123100200000"} {
		if got := schema.MaskIDNumbers(text); got != text {
			t.Errorf("%s becomes %s", text, got)
		}
	}
}

func TestMaskIDNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"查 420205189809275088 的低保": "查 420205**********88 的低保", "420205980927508,11010519491231002X": "420205*******08,110105**********2X",
		"420205-18980927-5088x": "420205**********88x", "４２０２０５１８９８０９２７５０８８": "420205**********88",
	} {
		if got := schema.MaskIDNumbers(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestOwnIDs: what the program itself names records by is never taken for a number.
func TestOwnIDs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		raw := make([]byte, 16)
		for i := range raw {
			raw[i] = byte(r.Uint32())
		}
		if id := fmt.Sprintf("%x-%x-7%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:]); schema.HoldsIDNumber(id) {
			t.Errorf("%s is taken for an ID number", id)
		}
	}
}

// TestAnyNumber: each number is found, wherever it stands.
func TestAnyNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := fmt.Sprintf("%06d%02d%02d%02d%03d", rapid.IntRange(110000, 659999).Draw(t, "area"), rapid.IntRange(0, 99).Draw(t, "year"),
			rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day"), rapid.IntRange(0, 999).Draw(t, "order"))
		around := rapid.StringMatching(`[a-z._-]{0,5}`)
		for _, number := range []string{old, schema.NormalizeID(old)} {
			text := around.Draw(t, "before") + number + around.Draw(t, "behind")
			if !schema.HoldsIDNumber(text) || strings.Contains(schema.MaskIDNumbers(text), number) {
				t.Errorf("%s is not found", text)
			}
		}
	})
}

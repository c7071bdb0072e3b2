package sheet_test

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"tongbu/node/sheet"
)

func encoded(tb testing.TB, e encoding.Encoding, text string) []byte {
	tb.Helper()
	raw, err := e.NewEncoder().Bytes([]byte(text))
	must(tb, err)
	return raw
}

// TestEncodings: a text file is read in the encodings that spreadsheets write, and with
// what they put between cells.
func TestEncodings(t *testing.T) {
	const text = "姓名,性别,备注\r\n王㐀明,男,\"一,二\r\n三\"\r\n"
	utf16le := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	utf16be := unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	tests := map[string][]byte{
		"UTF-8":         []byte(text),
		"with a mark":   []byte("\ufeff" + text),
		"GB 18030":      encoded(t, simplifiedchinese.GB18030, text),
		"UTF-16 LE":     encoded(t, utf16le, text),
		"UTF-16 BE":     encoded(t, utf16be, text),
		"semicolons":    []byte("姓名;性别;备注\n王㐀明;男;\"一,二\r\n三\"\n"),
		"tabs":          []byte("姓名\t性别\t备注\n王㐀明\t男\t\"一,二\r\n三\"\n"),
		"told by Excel": []byte("sep=;\n姓名;性别;备注\n王㐀明;男;\"一,二\r\n三\"\n"),
		"one line feed": []byte(strings.ReplaceAll(text, "\r\n", "\n")),
	}
	for name, raw := range tests {
		t.Run(name, func(t *testing.T) {
			rows, _ := mustRead(t, raw, sheet.CSV, sheet.Choice{Kind: "person"})
			wantValue(t, rows, "name", "王㐀明")
			wantValue(t, rows, "sex", "1")
			wantValue(t, rows, "remark", "一,二\n三")
		})
	}
}

// TestBadCSV: a row that cannot be cut into cells is rejected with all that it says; a
// quotation mark that takes in the rest of the file is found before a row is used.
func TestBadCSV(t *testing.T) {
	const head = "姓名,备注\n"
	rows, _ := mustRead(t, []byte(head+"王\"明,甲\n李兰,乙\n\"张\"三,丙\n"), sheet.CSV, sheet.Choice{Kind: "person"})
	wantWrong(t, rows, "quotation marks of the row are wrong")
	wantValue(t, rows[1:], "name", "李兰")
	wantWrong(t, rows[2:], "quotation marks of the row are wrong")
	_, err := open([]byte(head+"王明,\"甲\n李兰,乙\n"), sheet.CSV)
	wantInvalid(t, err, "line 2: a quotation mark is not closed")
	_, err = open([]byte("a\x00b\x00"), sheet.CSV)
	wantInvalid(t, err, "UTF-16 without its mark")
	rows, _ = mustRead(t, append(encoded(t, simplifiedchinese.GB18030, head), "\xff\xff,\xcd\xf5\n"...), sheet.CSV, sheet.Choice{Kind: "person"})
	wantWrong(t, rows, "name: a character of the cell cannot be read")
	rows, _ = mustRead(t, []byte(head+"王明,#REF!\n"), sheet.CSV, sheet.Choice{Kind: "person"})
	wantWrong(t, rows, "remark: the formula of the cell has an error")
	rows, _ = mustRead(t, []byte(head+"王明,甲"+strings.Repeat(",", 1200)+"乙\n"), sheet.CSV, sheet.Choice{Kind: "person"})
	wantWrong(t, rows, "there are cells beyond column 1000")
}

// TestGuarded: whatever a cell holds, no spreadsheet takes it for a formula, and it is
// read as it was.
func TestGuarded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("=+-@＝'\"\t 0123X;,|王a\n")), 0, 12, -1).Draw(t, "text")
		cell := sheet.GuardCell(text)
		if got := sheet.PlainCell(cell); got != text {
			t.Errorf("%q: got %q by way of %q", text, got, cell)
		}
		if shown := strings.TrimSpace(cell); shown != "" && strings.ContainsRune("=+-@＝", []rune(shown)[0]) {
			t.Errorf("%q is shown as %q", text, cell)
		}
	})
	for given, want := range map[string]string{`="0123"`: "0123", "'=1+1": "=1+1", "'王": "'王", "\t420202198903215611": "420202198903215611"} {
		if got := sheet.PlainCell(given); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
}

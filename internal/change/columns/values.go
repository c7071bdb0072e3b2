package columns

// Forms of a column. What does not fit is listed beside the rest.
const (
	generic  = iota // CBOR, one after the other
	same            // one value
	coded           // a table of values, and the place of each
	text            // lengths, and the texts without a gap
	name            // ids of records
	date            // days
	digits          // numbers of a fixed length
	citizen         // ID numbers of GB 11643
	birth           // the day that an ID number of the same change holds
	integer         // integers
	forms           // how many there are
	hasOdd   = 0x80 // flag: some values are listed as they are
	hasSame  = 0x40 // flag: some texts are as the one before
	formBits = 0x3f
)

// asText is the content of a text value.
func asText(value []byte) ([]byte, bool) {
	r := reader{in: value}
	s := r.string()
	return s, !r.bad && r.at == len(value)
}

// asDate reads a day as YYYY-MM-DD.
func asDate(value []byte) (day uint64, ok bool) {
	s, ok := asText(value)
	if !ok || len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	y, okY := asNumber(s[:4])
	m, okM := asNumber(s[5:7])
	d, okD := asNumber(s[8:])
	if !okY || !okM || !okD {
		return 0, false
	}
	return dayOf(y, m, d)
}

// asNumber reads digits, 18 at most.
func asNumber(s []byte) (n uint64, ok bool) {
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, len(s) > 0 && len(s) <= 18
}

// dayOf counts days from 1 March of the year 0 on; false for a day there is not.
func dayOf(y, m, d uint64) (day uint64, ok bool) {
	if m < 1 || m > 12 || d < 1 || y < 1 {
		return 0, false
	}
	y0, m0 := y, m
	if m < 3 {
		y, m = y-1, m+12
	}
	era, of := y/400, y%400
	day = era*146097 + of*365 + of/4 - of/100 + (153*(m-3)+2)/5 + d - 1
	y1, m1, d1 := civil(day)
	return day, y1 == y0 && m1 == m0 && d1 == d
}

// civil is the inverse of dayOf.
func civil(day uint64) (y, m, d uint64) {
	era, of := day/146097, day%146097
	year := (of - of/1460 + of/36524 - of/146096) / 365
	rest := of - (365*year + year/4 - year/100)
	m = (5*rest + 2) / 153
	d = rest - (153*m+2)/5 + 1
	if m < 10 {
		return year + era*400, m + 3, d
	}
	return year + era*400 + 1, m - 9, d
}

// lastDay is the last one with a year of four digits.
const lastDay = 3652364

func appendDigits(out []byte, n uint64, length int) []byte {
	var part [20]byte
	for i := length - 1; i >= 0; i-- {
		part[i] = '0' + byte(n%10)
		n /= 10
	}
	return append(out, part[:length]...)
}

func appendDate(out []byte, day uint64) []byte {
	y, m, d := civil(min(day, lastDay))
	return append(out, 0x6a, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
		byte('0'+m/10), byte('0'+m%10), '-', byte('0'+d/10), byte('0'+d%10))
}

// person is what an ID number holds beside its check digit.
type person struct{ region, day, order uint64 }

const personDigits = 18

// asPerson reads an ID number whose check digit is right.
func asPerson(value []byte) (p person, ok bool) {
	s, ok := asText(value)
	if !ok || len(s) != personDigits {
		return p, false
	}
	n, ok := asNumber(s[:17])
	if !ok || s[17] != checkDigit(s) {
		return p, false
	}
	p.region, p.order = n/1e11, n%1000
	p.day, ok = dayOf(n/1e7%1e4, n/1e5%100, n/1e3%100)
	return p, ok
}

func appendPerson(out []byte, p person) []byte {
	y, m, d := civil(min(p.day, lastDay))
	out = append(out, majorText<<5|personDigits)
	from := len(out)
	out = appendDigits(out, p.region%1e6*1e11+y*1e7+m*1e5+d*1e3+p.order%1000, 17)
	return append(out, checkDigit(out[from:]))
}

// checkDigit is that of the first 17 digits (ISO 7064, MOD 11-2).
func checkDigit(s []byte) byte {
	sum := 0
	for i, weight := range [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += weight * int(s[i]-'0')
	}
	return "10X98765432"[sum%11]
}

// asDigits reads a text of digits only.
func asDigits(value []byte) (n uint64, length int, ok bool) {
	s, ok := asText(value)
	if !ok || len(s) < 5 {
		return 0, 0, false
	}
	n, ok = asNumber(s)
	return n, len(s), ok
}

func asInteger(value []byte) (n int64, ok bool) {
	r := reader{in: value}
	n = r.integer()
	return n, !r.bad && r.at == len(value)
}

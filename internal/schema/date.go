package schema

import "strings"

// isDateForm reports whether s is written as YYYY-MM-DD, whatever day that is.
func isDateForm(s string) bool {
	return len(s) == 10 && s[4] == '-' && s[7] == '-' && allDigits(s[:4]+s[5:7]+s[8:])
}

// normalizeDate turns 19800102, 1980/1/2, 1980.1.2 and 1980年1月2日 into
// 1980-01-02; it leaves what it cannot read, and Check refuses that.
func normalizeDate(s string) string {
	s = halfWidth(s)
	if len(s) == 8 && allDigits(s) {
		return s[:4] + "-" + s[4:6] + "-" + s[6:]
	}
	parts := strings.FieldsFunc(strings.TrimSuffix(s, "日"), func(r rune) bool { return strings.ContainsRune("-/.年月", r) })
	if len(parts) != 3 || len(parts[0]) != 4 {
		return s
	}
	for i, part := range parts {
		if !allDigits(part) || len(part) > 4 {
			return s
		}
		if len(part) == 1 {
			parts[i] = "0" + part
		}
	}
	return strings.Join(parts, "-")
}

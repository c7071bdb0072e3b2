package schema

import "strings"

// Under is the title of a column on one line with that of its group before it. What the
// group ends with and the column begins with is said once: 安置 and 安置日期 are 安置日期.
func Under(group, title, between string) string {
	for at := range group {
		if strings.HasPrefix(title, group[at:]) {
			return group[:at] + title
		}
	}
	if group == "" {
		return title
	}
	return group + between + title
}

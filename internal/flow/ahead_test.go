package flow_test

import (
	"strings"
	"testing"

	"tongbu/internal/flow"
)

// TestAhead: what usually comes yet, and what each tier may do next.
func TestAhead(t *testing.T) {
	for _, c := range []struct{ flow, steps, ahead, community, street string }{
		{flow.Family, "a DECLARED 5 1", "VERIFIED PUBLIC_NOTICE STREET_CONFIRMED DISTRICT_FILED ASSISTING ONE_EMPLOYED DUAL_PENDING DUAL_EMPLOYED STABLE", "VERIFIED REJECTED WITHDRAWN", "REJECTED WITHDRAWN"},
		{flow.Family, "a DECLARED 5 1;b VERIFIED 5 2 >a;c PUBLIC_NOTICE 5 3 >b", "STREET_CONFIRMED DISTRICT_FILED ASSISTING ONE_EMPLOYED DUAL_PENDING DUAL_EMPLOYED STABLE", "REJECTED WITHDRAWN", "STREET_CONFIRMED RETURNED REJECTED WITHDRAWN"},
		{flow.Family, "a DECLARED 5 1;w WITHDRAWN 5 2 >a", "", "", ""},
		{flow.Hardship, "a asked 5 1;b checked 5 2 >a;c notice 5 3 >b;d returned 4 4 >c", "checked notice rechecked recognised reviewed", "checked notice rejected left", "notice rejected left"},
		{flow.Registration, "a asked 5 1;b registered 5 2", "contacted", "contacted deregistered", "contacted deregistered"},
	} {
		of := flow.Flows[c.flow].Cases(sorted(steps(t, c.steps)))[0]
		if got := strings.Join(of.Ahead(), " "); got != c.ahead {
			t.Errorf("%s: ahead %s, want %s", c.steps, got, c.ahead)
		}
		for level, want := range map[int]string{flow.Community: c.community, flow.Street: c.street} {
			var names []string
			for _, s := range of.Next(level) {
				names = append(names, s.Name)
			}
			if got := strings.Join(names, " "); got != want {
				t.Errorf("%s: level %d may take %s, want %s", c.steps, level, got, want)
			}
		}
	}
}

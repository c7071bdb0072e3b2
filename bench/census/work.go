package census

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Sought are the kinds of what a community does for those without work, beside what
// happens to them.
var Sought = []string{"job_seeking", "training_wish", "vacancy"}

// Seek adds what those of a family who lost a job ask for, and now and then a vacancy that
// the community has found: with it all five ledgers have rows.
func (h *History) Seek(f Family) {
	for _, p := range f.Members {
		if !jobless[p["status"]] {
			continue
		}
		if h.IntN(2) == 0 {
			h.add("job_seeking", map[string]any{"person": p["id_number"], "on": text(h.day(80)), "seek_no": fmt.Sprintf("Q%07d", h.IntN(10_000_000)),
				"occupation_1": "050", "pay": yuan(2000 + h.IntN(3000)), "area": "1"})
		}
		if h.IntN(3) == 0 {
			h.add("training_wish", map[string]any{"person": p["id_number"], "on": text(h.day(90)), "occupation": "144", "free": true})
		}
	}
	if h.IntN(5) == 0 {
		h.vacancy()
	}
}

func (h *History) vacancy() {
	from := h.day(100)
	h.add("vacancy", map[string]any{"registered_on": text(from), "employer_name": h.employer(), "source": "01", "occupation": "137",
		"posts": json.Number(strconv.Itoa(1 + h.IntN(9))), "wage": yuan(2500 + h.IntN(4000)), "area": "3", "from": text(from), "to": text(from.AddDate(2, 0, 0)), "state": "1"})
}

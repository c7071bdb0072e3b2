package census

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"time"
)

// Events are what happened after the census, by kinds.
type Events map[string][]map[string]any

// Happened are the kinds of events, in the order of their sheets.
var Happened = []string{"unemployment", "registration", "placement", "insurance_state", "visit"}

// jobless are the statuses of who lost a job.
var jobless = map[any]bool{"4": true, "5": true, "9": true}

// History makes up what happens to families in the year after the census.
type History struct {
	*rand.Rand
	Events
}

// NewHistory begins that of a community: the same in each run.
func NewHistory(community string) *History {
	h := fnv.New64a()
	_, _ = h.Write([]byte(community)) // a hash never fails
	return &History{rand.New(rand.NewPCG(seed, h.Sum64())), Events{}}
}

// Live adds what happens to a family. Persons are named by their ID numbers, households by
// their form numbers.
func (h *History) Live(f Family) {
	if h.IntN(3) == 0 {
		h.visit(f)
	}
	for _, p := range f.Members {
		switch {
		case jobless[p["status"]]:
			h.lose(p)
		case p["status"] == "1" && h.IntN(4) == 0:
			h.insure(p)
		}
	}
}

func (h *History) add(kind string, event map[string]any) {
	h.Events[kind] = append(h.Events[kind], event)
}

// day is one of a month and a half, some days after the census began.
func (h *History) day(after int) time.Time {
	return time.Date(2025, time.May, 1+after+h.IntN(45), 0, 0, 0, 0, time.UTC)
}

func text(day time.Time) string { return day.Format(time.DateOnly) }

func (h *History) employer() string { return fmt.Sprintf("第%d机械厂", 1+h.IntN(300)) }

func (h *History) visit(f Family) {
	h.add("visit", map[string]any{"household": f.Home["form_no"], "on": text(h.day(0)), "kind": "3", "way": "1", "result": "1",
		"content": "了解就业情况", "visited_by": f.Home["surveyor"]})
}

// lose is a job lost and registered; two of five are placed again.
func (h *History) lose(p map[string]any) {
	person := p["id_number"]
	loss := map[string]any{"person": person, "on": text(h.day(0)), "loss_kind": "1", "reason": "20", "employer_name": h.employer()}
	if p["relation"] == "20" && h.IntN(2) == 0 { // a son who has left school
		loss["loss_kind"], loss["reason"] = "3", "10"
		delete(loss, "employer_name")
	}
	h.add("unemployment", loss)
	h.add("registration", map[string]any{"person": person, "on": text(h.day(60)), "place_kind": "1", "promise": true,
		"certificate_no": fmt.Sprintf("SY%08d", h.IntN(100_000_000)), "service_need": []any{"010"}})
	if h.IntN(5) < 2 {
		h.place(person)
	}
}

func (h *History) place(person any) {
	from := h.day(150)
	h.add("placement", map[string]any{"person": person, "on": text(from), "employer_name": h.employer(), "form": "010", "contract": true,
		"contract_from": text(from), "contract_to": text(from.AddDate(1, 0, h.IntN(400))), "income": yuan(2000 + h.IntN(4000)), "insured": true,
		"way": "1", "channel": "03", "line": []string{"01", "02"}[h.IntN(2)]})
}

func (h *History) insure(p map[string]any) {
	h.add("insurance_state", map[string]any{"person": p["id_number"], "on": text(h.day(0)), "insurance": "11", "state": "1",
		"employer_name": h.employer(), "months": json.Number(strconv.Itoa(12 + h.IntN(200)))})
}

// yuan is money as records have it, in fen.
func yuan(n int) json.Number { return json.Number(strconv.Itoa(100 * n)) }

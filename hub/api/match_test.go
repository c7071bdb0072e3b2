package api_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/matching"
	"tongbu/internal/schema"
	pb "tongbu/proto/tongbu/query/v1"
)

// TestMatch: the same match over gRPC and HTTP, with reasons in both languages.
func TestMatch(t *testing.T) {
	p := open(t)
	var asked matching.Ask
	var what string
	p.set(func(h *hub) {
		h.match = func(ask matching.Ask, purpose string) (*matching.Answer, error) {
			asked, what = ask, purpose
			if ask.Kind != matching.VacancyKind {
				return nil, ask.Validate()
			}
			return &matching.Answer{Looked: 7, Cut: true, Coverage: covered(), Rows: []matching.Ranked{{Rank: 1, ID: "p.1", Unit: "990101001001", Name: "甲", Score: 88, Priority: matching.Hardship, IDNumber: "110105********002X", Age: 41,
				Reasons: []matching.Reason{{Rule: "pay", Unknown: true, Text: schema.Label{Zh: "报酬未填", En: "no pay is given"}}}}}}, nil
		}
	})
	stub, _ := p.stub()
	got, err := stub.Match(with(t.Context(), "Bearer "+token), &pb.MatchRequest{Kind: "vacancy", Id: "v.1", Limit: 5, All: true, Purpose: "case 7"})
	must(t, err)
	if r := got.GetRows(); len(r) != 1 || r[0].GetScore() != 88 || r[0].GetPriority() != "hardship" || r[0].GetReasons()[0].GetZh() != "报酬未填" || !r[0].GetReasons()[0].GetUnknown() || got.GetLooked() != 7 || !got.GetCut() || got.GetCoverage() == nil {
		t.Errorf("got %v", got)
	}
	if asked.ID != "v.1" || asked.Limit != 5 || !asked.All || asked.Scope == "" || what != "statistics: case 7" {
		t.Errorf("asked %+v for %q", asked, what)
	}
	rest := p.call(http.MethodGet, "/v1/match/vacancy/v.1?limit=5&all=true", "")
	var m struct {
		Rows []struct {
			Rank     int
			Priority string
			Age      int
			Reasons  []struct{ En string }
		}
		Looked int
		Cut    bool
	}
	must(t, json.Unmarshal(rest.body, &m))
	if len(m.Rows) != 1 || m.Rows[0].Rank != 1 || m.Rows[0].Priority != "hardship" || m.Rows[0].Age != 41 || m.Rows[0].Reasons[0].En != "no pay is given" || m.Looked != 7 || !m.Cut {
		t.Errorf("got %s", rest.body)
	}
	describedBy(p).validate("/v1/match/{kind}/{id}", "get", "200", rest)
	wantProblem(t, "another kind", p.call(http.MethodGet, "/v1/match/employer/e.1", ""), http.StatusBadRequest, fault.Invalid)
	wantProblem(t, "a part that means nothing", p.call(http.MethodGet, "/v1/match/vacancy/v.1?filter=x", ""), http.StatusBadRequest, fault.Invalid)
}

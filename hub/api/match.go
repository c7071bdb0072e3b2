package api

import (
	"context"

	"tongbu/hub/api/rows"
	"tongbu/internal/change"
	"tongbu/internal/matching"
	pb "tongbu/proto/tongbu/query/v1"
)

// Match implements pb.QueryServiceServer.
func (s *service) Match(ctx context.Context, r *pb.MatchRequest) (*pb.MatchResponse, error) {
	p := programOf(ctx)
	scope, err := s.hub.Scope(p, r.GetScope())
	if err != nil {
		return nil, toStatus(err)
	}
	ask := matching.Ask{Kind: r.GetKind(), ID: change.RecordID(r.GetId()), Scope: scope, Limit: int(r.GetLimit()), All: r.GetAll()}
	a, err := s.hub.Match(ctx, p, ask, purposeOf(p.Purpose, r.GetPurpose()))
	if err != nil {
		return nil, toStatus(err)
	}
	m := &pb.MatchResponse{Looked: int64(a.Looked), Cut: a.Cut, Coverage: rows.CoverageOf(a.Coverage)}
	for _, row := range a.Rows {
		m.Rows = append(m.Rows, matchMessage(row))
	}
	return m, nil
}

func matchMessage(r matching.Ranked) *pb.Match {
	m := &pb.Match{Rank: int64(r.Rank), Id: string(r.ID), Unit: r.Unit, Name: r.Name, Score: int64(r.Score), Priority: r.Priority.String(), Excluded: r.Excluded,
		IdNumber: r.IDNumber, Sex: r.Sex, Age: int64(r.Age), Employer: r.Employer, Wage: r.Wage, Posts: r.Posts}
	for _, why := range r.Reasons {
		m.Reasons = append(m.Reasons, &pb.MatchReason{Rule: why.Rule, Fits: why.Fits, Unknown: why.Unknown, Hard: why.Hard, Zh: why.Text.In("zh"), En: why.Text.In("en")})
	}
	return m
}

// matchedRow is a row of a match over HTTP.
type matchedRow struct {
	matching.Ranked
	Reasons []matchedReason `json:"reasons"`
}

type matchedReason struct {
	Rule    string `json:"rule"`
	Fits    bool   `json:"fits"`
	Unknown bool   `json:"unknown,omitempty"`
	Hard    bool   `json:"hard,omitempty"`
	Zh      string `json:"zh"`
	En      string `json:"en"`
}

// matchedJSON writes a match in the form of the command line, reasons in both languages.
func matchedJSON(m *pb.MatchResponse) ([]byte, error) {
	all := []matchedRow{}
	for _, r := range m.GetRows() {
		row := matchedRow{Ranked: matching.Ranked{Rank: int(r.GetRank()), ID: change.RecordID(r.GetId()), Unit: r.GetUnit(), Name: r.GetName(), Score: int(r.GetScore()), Excluded: r.GetExcluded(),
			IDNumber: r.GetIdNumber(), Sex: r.GetSex(), Age: int(r.GetAge()), Employer: r.GetEmployer(), Wage: r.GetWage(), Posts: r.GetPosts()}, Reasons: []matchedReason{}}
		_ = row.Priority.UnmarshalText([]byte(r.GetPriority())) // of every word there is a priority
		for _, why := range r.GetReasons() {
			row.Reasons = append(row.Reasons, matchedReason{why.GetRule(), why.GetFits(), why.GetUnknown(), why.GetHard(), why.GetZh(), why.GetEn()})
		}
		all = append(all, row)
	}
	return encode(map[string]any{"rows": all, "looked": m.GetLooked(), "cut": m.GetCut(), "coverage": rows.ReadCoverage(m.GetCoverage())})
}

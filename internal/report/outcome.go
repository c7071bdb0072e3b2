package report

// Result is what comes of counting a report again.
type Result string

// The results.
const (
	Equal     Result = "equal"     // the same figures
	OtherRule Result = "rules"     // the program counts by other rules now
	History   Result = "history"   // a stream is not the one that was counted
	Missing   Result = "missing"   // of a stream not all is here that was counted
	Different Result = "different" // the same changes by the same rules, and other figures
)

// Recount is what came of counting a report again.
type Recount struct {
	Report  string   `json:"report"`
	Result  Result   `json:"result"`
	Figures []Pair   `json:"figures"` // that are not the same
	Streams []Stream `json:"streams"` // that are not as they were counted
	Was     Rules    `json:"was"`
	Now     Rules    `json:"now"`
}

// Pair is a figure that is another one now; nil: there is none.
type Pair struct {
	Unit      string  `json:"unit"`
	Indicator string  `json:"indicator"`
	Group     string  `json:"group"`
	Was       *Amount `json:"was"`
	Now       *Amount `json:"now"`
}

// Stream is a stream that is not as it was counted.
type Stream struct {
	Stream string `json:"stream"`
	Unit   string `json:"unit"` // division code of its author
	Seq    uint64 `json:"seq"`  // counted up to there
	Here   uint64 `json:"here"` // what is here
	Why    Result `json:"why"`  // History, Missing
}

// Judge says what came of counting: was is the report, now what was counted of the same
// positions. digest is that of what was counted now.
func (r *Recount) Judge(was *Report, now []Figure, digest string) {
	r.Figures = Compare(was.Figures, now)
	switch {
	case len(r.Figures) == 0 && digest == was.Digest:
		r.Result = Equal
	case r.Was != r.Now && len(r.Figures) == 0:
		r.Result = Equal // other rules make other rows, and the same figures
	case r.Was != r.Now:
		r.Result = OtherRule
	default:
		r.Result = Different
	}
}

// Compare lists the figures that are not the same, in the order of the first list, those
// that are new behind.
func Compare(was, now []Figure) []Pair {
	moved := []Pair{}
	left := make(map[name]*Figure, len(now))
	for i := range now {
		left[now[i].name()] = &now[i]
	}
	for i := range was {
		f := &was[i]
		n := left[f.name()]
		delete(left, f.name())
		if n == nil || !f.amount().equal(n.amount()) {
			moved = append(moved, pairOf(f, n))
		}
	}
	for i := range now {
		if left[now[i].name()] != nil {
			moved = append(moved, pairOf(nil, &now[i]))
		}
	}
	return moved
}

func pairOf(was, now *Figure) (m Pair) {
	of := was
	if of == nil {
		of = now
	}
	m = Pair{Unit: of.Unit, Indicator: of.Indicator, Group: of.Group}
	if was != nil {
		m.Was = was.amount()
	}
	if now != nil {
		m.Now = now.amount()
	}
	return m
}

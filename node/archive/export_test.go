package archive

// Span is a volume's part of a ledger.
type Span struct{ No, Of, First, Last int }

// Bound is how a ledger is cut.
func Bound(rows int) (all []Span) {
	for _, s := range bound(rows) {
		all = append(all, Span{s.no, s.of, s.first, s.last})
	}
	return all
}

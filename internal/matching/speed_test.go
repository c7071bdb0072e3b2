package matching_test

import (
	"testing"
)

// BenchmarkScore judges one pair.
func BenchmarkScore(b *testing.B) {
	book := mustBook(b)
	v := vacancyWith(book, far, values{"wage": 205000, "sex": "2", "age_to": 45, "education": "61", "employment_kind": "60", "insurance": "1", "contract_term": "一年"})
	s := book.Seeker(known(values{"seeking.pay": 190000, "seeking.area": "4", "seeking.form": "60", "seeking.occupation_2": "411"}))
	for b.Loop() {
		if score, _ := book.Score(v, s); score == 0 {
			b.Fatal("they do not go together")
		}
	}
}

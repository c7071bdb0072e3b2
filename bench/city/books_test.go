package main

import "testing"

func TestShare(t *testing.T) {
	for _, n := range []int{1, 7, 182} {
		sum := 0
		for i := range n {
			sum += share(allHouseholds, n, i)
		}
		if sum != allHouseholds {
			t.Errorf("%d shares: got %d, want %d", n, sum, allHouseholds)
		}
	}
}

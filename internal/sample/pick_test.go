package sample_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/sample"
	"tongbu/internal/tree"
)

const all = 1040

func TestPickIsATreeOfTheAskedSize(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5, 6, 7, 12, 40, 182, 500, 1039, all} {
		c := sample.Pick(n)
		var communities []string
		for _, row := range parse(t, bytes.NewReader(c.CSV())) {
			if row.Level == tree.Community {
				communities = append(communities, row.Code)
			}
		}
		if len(c.Communities) != n || c.Communities[0] != sample.Zhonglou {
			t.Errorf("Pick(%d) has %d communities, the first %s", n, len(c.Communities), c.Communities[0])
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(c.Communities)), communities); diff != "" {
			t.Errorf("Pick(%d): communities in the rows (-want +got):\n%s", n, diff)
		}
	}
}

func TestPickSpreads(t *testing.T) {
	tests := []struct{ n, districts, streets int }{
		{6, 2, 4}, {12, 2, 6}, {40, 4, 10}, {182, 6, 21}, {all, 6, 57},
	}
	for _, tt := range tests {
		count := map[int]int{}
		for _, r := range sample.Pick(tt.n).Rows {
			count[r.Level]++
		}
		want := map[int]int{2: 1, 3: tt.districts, 4: tt.streets, 5: tt.n}
		if diff := cmp.Diff(want, count); diff != "" {
			t.Errorf("Pick(%d): units by level (-want +got):\n%s", tt.n, diff)
		}
	}
}

func TestPickAtLeastTwoDistrictsAndThreeStreets(t *testing.T) {
	for n := 6; n <= all; n++ {
		count := map[int]int{}
		for _, r := range sample.Pick(n).Rows {
			count[r.Level]++
		}
		if count[3] < 2 || count[4] < 3 || count[5] != n {
			t.Fatalf("Pick(%d): units by level %v", n, count)
		}
	}
}

func TestPickOutOfRange(t *testing.T) {
	if got := len(sample.Pick(5000).Communities); got != all {
		t.Errorf("Pick(5000) has %d communities, want %d", got, all)
	}
	want := []sample.Row{{Code: sample.RootCode, Name: "黄石市", Level: 2}}
	if diff := cmp.Diff(want, sample.Pick(-1).Rows); diff != "" {
		t.Errorf("Pick(-1) rows (-want +got):\n%s", diff)
	}
}

func TestPickAgain(t *testing.T) {
	if diff := cmp.Diff(sample.Pick(30), sample.Pick(30)); diff != "" {
		t.Errorf("two choices of 30 differ:\n%s", diff)
	}
}

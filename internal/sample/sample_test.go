package sample_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"os"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/sample"
	"tongbu/internal/tree"
)

func TestCopyForUseByHand(t *testing.T) {
	got, err := os.ReadFile("../../testdata/divisions/huangshi.csv")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, sample.HuangshiCSV()) {
		t.Error("testdata/divisions/huangshi.csv differs from the embedded table")
	}
}

func TestRowsAgreeWithCSV(t *testing.T) {
	records, err := csv.NewReader(bytes.NewReader(sample.HuangshiCSV())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got := [][]string{{"code", "name", "level", "parent_code"}}
	for _, r := range sample.Rows() {
		got = append(got, []string{r.Code, r.Name, strconv.Itoa(r.Level), r.Parent})
	}
	if diff := cmp.Diff(records, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestTableIsATree(t *testing.T) {
	rows := parse(t, bytes.NewReader(sample.HuangshiCSV()))
	count := map[tree.Level]int{}
	for _, r := range rows {
		count[r.Level]++
	}
	want := map[tree.Level]int{2: 1, 3: 6, 4: 57, 5: 1040}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("units by level (-want +got):\n%s", diff)
	}
}

func TestBytesAreTheCallers(t *testing.T) {
	sample.HuangshiCSV()[0] = 'X'
	if got := sample.HuangshiCSV()[0]; got != 'c' {
		t.Errorf("first byte is %q after a caller changed its copy", got)
	}
}

func parse(t *testing.T, r io.Reader) []tree.Row {
	t.Helper()
	rows, err := tree.ParseCSV(r, sample.RootCode)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

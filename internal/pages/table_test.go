package pages_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"

	"tongbu/internal/pages"
)

func grouped() []pages.Column {
	return []pages.Column{{Title: "序号"}, {Key: "name", Title: "姓名"}, {Key: "from", Title: "起", Head: "领取失业保险金"}, {Key: "to", Title: "止", Head: "领取失业保险金"}, {Title: "备注"}, {Title: "起", Head: "补贴"}}
}

// TestHead: neighbours with one head stand below it, columns without take both rows; the
// rows have as many cells as there are columns.
func TestHead(t *testing.T) {
	table := pages.Table{Path: "/x", Columns: grouped(), Order: pages.Order{Key: "from"}, PerPage: 50, Page: 1}
	head := table.Head()
	if len(head) != 2 {
		t.Fatalf("%d rows, want 2", len(head))
	}
	wide := 0
	for _, c := range head[0] {
		wide += c.Cols
	}
	if wide != len(table.Columns) || head[0][2].Cols != 2 || head[0][2].Title != "领取失业保险金" || len(head[1]) != 3 {
		t.Errorf("got %+v", head)
	}
	if c := head[1][0]; c.Sorted != "ascending" || c.Href != "/x?by=from&down=1" {
		t.Errorf("the column that the table is in order of: %+v", c)
	}
}

// TestReadOrder: an address asks for columns that there are and for pages that may be, and
// else for nothing.
func TestReadOrder(t *testing.T) {
	for query, want := range map[string]string{
		"": "{ false} 1", "by=name&down=1&page=3": "{name true} 3", "by=id_number": "{ false} 1", "by=": "{ false} 1", "by=name&down=yes": "{name false} 1",
		"page=-1": "{ false} 1", "page=99999999999999999999": "{ false} 1", "page=x": "{ false} 1", "by=%27%3B--": "{ false} 1",
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		o, page := pages.ReadOrder(q, grouped())
		if got := fmt.Sprint(o, page); got != want {
			t.Errorf("%q: got %s, want %s", query, got, want)
		}
	}
}

// TestTurns: each page is reached from the first and the last, the numbers rise, and none
// is left out without a sign.
func TestTurns(t *testing.T) {
	for last := 1; last < 20; last++ {
		for at := 1; at <= last; at++ {
			table := pages.Table{Page: at, PerPage: 10, Total: last * 10}
			turns := table.Turns()
			if turns[0] != 1 || turns[len(turns)-1] != last || !slices.Contains(turns, at) {
				t.Fatalf("page %d of %d: %v", at, last, turns)
			}
			before := 0
			for i, page := range turns {
				switch {
				case page == 0 && (i == 0 || turns[i+1] <= before+1):
					t.Errorf("page %d of %d: a sign where nothing is left out: %v", at, last, turns)
				case page != 0 && page != before+1 && turns[i-1] != 0, page != 0 && page <= before:
					t.Errorf("page %d of %d: %v", at, last, turns)
				}
				before = max(before, page)
			}
		}
	}
}

// TestAddresses: an address keeps what is chosen, and begins with the first page in
// another order.
func TestAddresses(t *testing.T) {
	table := pages.Table{Path: "/ledger/1", Query: url.Values{"on": {"2026-06-30"}, "lasts": {""}}, Order: pages.Order{Key: "name", Down: true}, Page: 3, PerPage: 50, Total: 500, Columns: grouped()}
	for got, want := range map[string]string{
		table.To(4): "/ledger/1?by=name&down=1&on=2026-06-30&page=4", table.To(1): "/ledger/1?by=name&down=1&on=2026-06-30", table.Here("/print"): "/ledger/1/print?by=name&down=1&on=2026-06-30",
		table.Head()[0][1].Href: "/ledger/1?on=2026-06-30",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

package demo

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/fault"
)

func TestReport(t *testing.T) {
	var r Report
	r.add("one", "proven", time.Second, nil)
	if !r.OK || r.Err() != nil {
		t.Errorf("after one good step: got %v, %v", r.OK, r.Err())
	}
	r.add("two", "", time.Second, fault.New(fault.Damaged, "want 2,\ngot 1"))
	r.add("three", "", time.Second, fault.New(fault.Busy, "in use"))
	r.add("four", "proven too", 0, nil)
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"ok":false,"steps":[{"name":"one","ok":true,"detail":"proven"},{"name":"two","ok":false,"detail":"want 2, got 1"},` +
		`{"name":"three","ok":false,"detail":"in use"},{"name":"four","ok":true,"detail":"proven too"}]}`
	if diff := cmp.Diff(want, string(raw)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	if got := fault.Of(r.Err()); got != fault.Damaged {
		t.Errorf("kind: got %v, want that of the first failure, damaged", got)
	}
}

func TestWriteTable(t *testing.T) {
	var r Report
	r.add("capture", strings.Repeat("石灰窑社区 420203007201 ", 5), 1500*time.Millisecond, nil)
	r.add("verify", "", 0, fault.New(fault.Damaged, "want none"))
	var b strings.Builder
	if err := r.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	want := `STEP     RESULT     TIME  PROVEN
capture  ok        1.5 s  石灰窑社区 420203007201 石灰窑社区 420203007201 石灰窑社区 420203007201
                          石灰窑社区 420203007201 石灰窑社区 420203007201
verify   FAILED    0.0 s  want none
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestSame(t *testing.T) {
	if err := same("ids", tally{"a": 1}, tally{"a": 1}); err != nil {
		t.Error(err)
	}
	for _, got := range []tally{{}, {"a": 2}, {"a": 1, "b": 1}} {
		if err := same("ids", tally{"a": 1}, got); fault.Of(err) != fault.Damaged {
			t.Errorf("%v: got %v, want Damaged", got, err)
		}
	}
}

package main_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongbu/internal/test/proctest"
)

// TestKilledPut: a put of many lines without ids is killed in the middle and run
// again: each line is recorded once, and none that was answered is gone.
func TestKilledPut(t *testing.T) {
	const lines = 5000
	n := proctest.Found(t, program(t), proctest.Rows([]int{1}, 1))
	community := n.Level(5)[0]
	if code := community.Stop(); code != 0 {
		t.Fatalf("stopped with code %d", code)
	}
	file := filepath.Join(t.TempDir(), "people.jsonl")
	var people strings.Builder
	for i := range lines {
		fmt.Fprintf(&people, `{"name":"甲","remark":"%d"}`+"\n", i%10) // many are alike: only their line tells them apart
	}
	if err := os.WriteFile(file, []byte(people.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	answered := killedAfter(t, community, file, 2000)
	all := strings.Split(strings.TrimSpace(community.MustRun("", "put", "person", file)), "\n")
	if len(all) != lines {
		t.Fatalf("got %d answers, want %d", len(all), lines)
	}
	for i, was := range answered {
		if idIn(was) != idIn(all[i]) || !strings.Contains(all[i], `"result":"unchanged"`) {
			t.Fatalf("line %d: got %s, then %s", i+1, was, all[i])
		}
	}
	if !strings.Contains(all[lines-1], `"result":"new"`) {
		t.Errorf("nothing was left of the put that was killed: %s", all[lines-1])
	}
	if got := strings.Count(community.MustRun("", "list", "person"), "\n"); got != lines {
		t.Errorf("%d persons, want %d", got, lines)
	}
	community.MustVerify()
}

// killedAfter puts a file and kills the process when it has answered so many lines.
// It cannot be far ahead: who does not read holds it up.
func killedAfter(t *testing.T, at *proctest.Tier, file string, lines int) (answered []string) {
	t.Helper()
	cmd := at.Program.Command(t.Context(), "put", "--dir", at.Dir, "person", file)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for read := bufio.NewScanner(out); len(answered) < lines && read.Scan(); {
		answered = append(answered, read.Text())
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	if len(answered) < lines {
		t.Fatalf("got %d answers before the put ended by itself", len(answered))
	}
	return answered
}

func idIn(line string) string {
	_, id, _ := strings.Cut(line, `"id":"`)
	id, _, _ = strings.Cut(id, `"`)
	return id
}

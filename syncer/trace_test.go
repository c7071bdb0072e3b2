package syncer_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/syncer"
)

var update = flag.Bool("update", false, "write the golden traces anew")

// TestTrace plays a small script and compares every message with the golden
// trace: a change of the protocol shows as a difference to be read.
func TestTrace(t *testing.T) {
	n := newSim(t, 1)
	var out strings.Builder
	root, node := n.add("city", newDevice(1, city)), n.add("clerk", clerk)
	clone := n.add("clone", clerk)
	n.trace = func(from *simEnd, m syncer.Message) {
		fmt.Fprintf(&out, "%s > %s: %s\n", from.node.name, from.peer.node.name, n.words(m))
	}
	step := func(title string, do func()) {
		fmt.Fprintf(&out, "# %s\n", title)
		do()
		n.inTurns()
	}
	step("two changes wait, then the line comes up", func() {
		node.mem.write(first, []byte("one"))
		node.mem.write(first, []byte("two"))
		n.connect(node, root)
	})
	step("a third is written", func() { node.mem.write(first, []byte("three")) })
	step("the city speaks to all and signs a receipt", func() {
		root.mem.write(city, []byte("tree"))
		root.mem.seal(root.mem.own(city))
		root.mem.record(clerk.stream(first), root.mem.streams[clerk.stream(first)].sealed())
	})
	step("the line drops; a clone of an older copy writes and links", func() {
		n.cutAll(node)
		m := newMemory(clerk, n.tree)
		n.give(clone, m)
		m.write(first, []byte("one"))
		m.write(first, []byte("other"))
		m.seal(clerk.stream(first))
		n.connect(clone, root)
	})
	step("it links again", func() { n.connect(clone, root) })
	golden(t, filepath.Join("testdata", "trace.golden"), out.String())
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the trace differs (-want +got); go test -update writes it anew\n%s", diff)
	}
}

// inTurns lets all ends work in a fixed order until all is quiet.
func (s *sim) inTurns() {
	for ends := s.busy(); len(ends) > 0; ends = s.busy() {
		s.turn(ends[0])
	}
}

// words is a message for a person to read.
func (s *sim) words(m syncer.Message) string {
	switch x := m.(type) {
	case syncer.Hello:
		return "hello"
	case syncer.Marks:
		return fmt.Sprintf("marks%s last=%v", s.haves(x.Have), x.Last)
	case syncer.Author:
		_, unit, _ := readCertificate(x.Certificate)
		return "author " + unitNames[unit]
	case syncer.Batch:
		b := mustParse(s.tb, x.Sealed)
		return fmt.Sprintf("batch %s %d-%d", s.name(b.Stream), b.First, b.Last())
	case syncer.Ack:
		return fmt.Sprintf("ack%s behind=%v", s.haves(x.Have), x.Behind)
	case syncer.Receipt:
		return "receipt"
	case syncer.Fork:
		return "fork" + s.haves([]syncer.Have{x.Have})
	case syncer.Trace:
		return fmt.Sprintf("trace %s before %d", s.name(x.Stream), x.Before)
	case syncer.Traced:
		return fmt.Sprintf("traced %s %d ends", s.name(x.Stream), len(x.Ends))
	}
	return fmt.Sprintf("%T", m)
}

func (s *sim) haves(list []syncer.Have) string {
	var text strings.Builder
	for _, h := range list {
		fmt.Fprintf(&text, " %s@%d", s.name(h.Stream), h.Mark.Seq)
		if h.Receipt.Seq > 0 {
			fmt.Fprintf(&text, "(receipt %d)", h.Receipt.Seq)
		}
	}
	return text.String()
}

func (s *sim) name(of change.Stream) string {
	return fmt.Sprintf("%s.%d", unitNames[s.author(of)], of.Incarnation)
}

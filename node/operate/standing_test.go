package operate_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
)

// TestStanding: how the directory stood is there when nothing serves it, with numbers and
// without a list of records.
func TestStanding(t *testing.T) {
	w := kit.MustTiers(t)
	dir := w.Node.Dir()
	if _, err := operate.ReadStanding(dir); fault.Of(err) != fault.NotFound {
		t.Errorf("before it was served: %v", err)
	}
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
	w.MustRefuse(t, w.Node, "person", kit.Name(kit.First, "person", "p-1"))
	w.MustCarry(t, w.City, w.Street)
	w.MustCarry(t, w.Street, w.Node)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := at(w.Node).KeepStanding(ctx); err != nil { // the end alone writes it
		t.Fatal(err)
	}
	got, err := operate.ReadStanding(dir)
	if err != nil || !got.At.Equal(w.Clock.Now()) {
		t.Fatalf("got %v, %v", got.At, err)
	}
	st := mustStatus(t, w.Node)
	if len(st.Refusals) == 0 || len(got.Status.Refusals) != 0 || got.Status.RefusalsOpen != st.RefusalsOpen || got.Status.RefusalsOpen == 0 || got.Status.Certificate != st.Certificate {
		t.Errorf("kept %+v of %+v", got.Status, st)
	}
	if err := os.WriteFile(filepath.Join(dir, operate.StandingFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := operate.ReadStanding(dir); fault.Of(err) != fault.Damaged {
		t.Errorf("damaged: %v", err)
	}
}

package operate_test

import (
	"testing"

	"tongbu/internal/journal"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

func at(s *replica.Replica) *operate.Operate { return operate.New(s, operate.Beyond{}) }

func mustStatus(t *testing.T, s *replica.Replica) *operate.Status {
	t.Helper()
	st, err := at(s).Status(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func mustVerify(t *testing.T, s *replica.Replica) *operate.Verified {
	t.Helper()
	v, err := at(s).Verify(t.Context(), operate.Checked{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func wantNoProblems(t *testing.T, s *replica.Replica) *operate.Verified {
	t.Helper()
	v := mustVerify(t, s)
	if !v.OK || len(v.Problems) > 0 {
		t.Errorf("got %v, want no problems", v.Problems)
	}
	return v
}

// plant writes into a table of the journal's file past all that guards it.
func plant(t *testing.T, s *replica.Replica, table string, key, value []byte) {
	t.Helper()
	err := s.Journal.Update(t.Context(), func(tx *journal.Tx) error {
		if value == nil {
			return tx.Table(table).Delete(key)
		}
		return tx.Table(table).Put(key, value)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// reserved opens a joined directory with a reserve of a size.
func reserved(t *testing.T, size int64) *replica.Replica {
	t.Helper()
	town := kit.MustTown(t)
	cfg := town.Config(t, town.MustJoin(t, kit.First))
	cfg.Reserve = size
	s, err := replica.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

package replica_test

import (
	"testing"

	"tongbu/internal/journal"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// mustVerify checks all that a directory holds.
func mustVerify(t *testing.T, s *replica.Replica) *operate.Verified {
	t.Helper()
	v, err := operate.New(s, operate.Beyond{}).Verify(t.Context(), operate.Checked{})
	if err != nil {
		t.Fatal(err)
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

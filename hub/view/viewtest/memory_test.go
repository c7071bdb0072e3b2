package viewtest_test

import (
	"testing"

	"tongbu/hub/view"
	"tongbu/hub/view/viewtest"
	"tongbu/internal/schema"
)

// TestMemory runs the suite over the tables without a database: what they and
// an engine agree on is the applier's doing.
func TestMemory(t *testing.T) {
	viewtest.Run(t, func(t testing.TB) viewtest.Open {
		tables := viewtest.NewMemory(nil)
		return func(s *schema.Schema, opts view.Options) (view.View, error) {
			tables = tables.With(s)
			return view.Open(t.Context(), tables, s, opts)
		}
	})
}

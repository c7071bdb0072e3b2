package sqlite_test

import (
	"path/filepath"
	"testing"

	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/hub/view/viewtest"
	"tongbu/internal/schema"
)

func TestView(t *testing.T) {
	viewtest.Run(t, func(t testing.TB) viewtest.Open {
		path := filepath.Join(t.TempDir(), "view? 100%.db") // a name that has to be escaped
		return func(s *schema.Schema, opts view.Options) (view.View, error) {
			opts.Key = [32]byte{1}
			return sqlite.Open(t.Context(), path, s, opts)
		}
	})
}

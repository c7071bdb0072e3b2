package follow_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"

	"tongbu/hub/follow"
	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/internal/test/kit"
)

// reviews notes for which days a view was reviewed to the end.
type reviews struct {
	view.View
	over []string
}

func (v *reviews) Review(ctx context.Context, day string) (bool, error) {
	more, err := v.View.Review(ctx, day)
	if err == nil && !more {
		v.over = append(v.over, day)
	}
	return more, err
}

// TestReviewedForToday: at the journal's end the records are judged for the day, to
// the end of it, and again for the next one.
func TestReviewedForToday(t *testing.T) {
	town := kit.MustTown(t)
	city := town.MustCity(t)
	kept, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "view.db"), city.Schema.Now(), view.Options{Key: [32]byte{1}, Tree: city.Members.Tree()})
	if err != nil {
		t.Fatal(err)
	}
	v := &reviews{View: kept}
	day := "2026-11-29"
	f := follow.New(follow.Config{Streams: city.Streams, View: v, Scarce: func() error { return nil }, Log: slog.New(slog.DiscardHandler),
		Today: func() (string, error) { return day, nil }})
	clerk := town.MustForger(t, kit.First)
	for round, today := range []string{day, "2026-11-30"} {
		day = today
		say(t, clerk, city, round, 10)
		if err := f.AwaitApplied(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(v.over, today) {
			t.Errorf("reviewed for %q, not for %s", v.over, today)
		}
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
}

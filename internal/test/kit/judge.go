package kit

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"tongbu/hub"
	"tongbu/hub/follow"
	"tongbu/hub/reconcile"
	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/internal/custody"
	"tongbu/internal/journal"
	"tongbu/internal/today"
	"tongbu/internal/vault"
	"tongbu/node/replica"
)

// OpenView keeps a hub's view as the program does by default.
func OpenView(ctx context.Context, r *replica.Replica, o view.Options) (view.View, error) {
	return sqlite.Open(ctx, filepath.Join(r.Dir(), hub.ViewFile), r.Schema.Now(), o)
}

var _ hub.OpenView = OpenView

// Judging is how the judge of a city is made.
func Judging(city *replica.Replica) reconcile.Config {
	return reconcile.Config{Streams: city.Streams, Records: city.Records, Members: city.Members, Schema: city.Schema,
		Device: city.Keys.Device(), Now: city.Now, Log: slog.New(slog.DiscardHandler),
		Today: func(tx *journal.Tx) (today.Day, error) {
			day, _, err := city.Today(tx)
			return day, err
		}}
}

// Reconciler is the judge of a city.
func Reconciler(city *replica.Replica) *reconcile.Reconciler { return reconcile.New(Judging(city)) }

// judgeAtOnce is how many arrivals JudgeNext takes.
const judgeAtOnce = 64

// JudgeNext has the city judge the next arrivals, and reports whether there were
// any.
func JudgeNext(ctx context.Context, city *replica.Replica) (more bool, err error) {
	return JudgeNextBy(ctx, city, Reconciler(city))
}

// JudgeNextBy is JudgeNext by another judge.
func JudgeNextBy(ctx context.Context, city *replica.Replica, judge *reconcile.Reconciler) (more bool, err error) {
	todo, err := Opened(city, judge.Cursor, judgeAtOnce)
	if err != nil || len(todo) == 0 {
		return false, err
	}
	return true, judge.Judge(ctx, todo)
}

// Opened opens the next arrivals behind a cursor, most at once.
func Opened(r *replica.Replica, cursor func(*journal.Tx) (uint64, error), most int) (todo []*follow.Opened, err error) {
	err = r.Journal.View(func(tx *journal.Tx) error {
		at, err := cursor(tx)
		if err != nil {
			return err
		}
		arrivals, err := tx.Arrivals(at, most)
		for _, a := range arrivals {
			if err != nil {
				break
			}
			var o *follow.Opened
			o, err = follow.Open(tx, a)
			todo = append(todo, o)
		}
		return err
	})
	return todo, err
}

// MustJudge has the city judge all that has arrived.
func MustJudge(tb testing.TB, city *replica.Replica) {
	tb.Helper()
	for more := true; more; {
		var err error
		if more, err = JudgeNext(tb.Context(), city); err != nil {
			tb.Fatal(err)
		}
	}
}

// Follower follows the journal of a replica, whose view is v, as a hub does:
// the root judges what arrives.
func Follower(r *replica.Replica, v view.Keeper) *follow.Follower {
	cfg := follow.Config{Streams: r.Streams, View: v, Scarce: r.Space.Scarce, Log: slog.New(slog.DiscardHandler)}
	if r.IsRoot() {
		cfg.Judge = Reconciler(r)
	}
	return follow.New(cfg)
}

// MustView opens the view of a replica; the test closes it.
func MustView(tb testing.TB, r *replica.Replica) view.View {
	tb.Helper()
	v := must(OpenView(tb.Context(), r, view.Options{Key: r.Vault().Key(vault.View), Tree: r.Members.Tree(), City: r.Place.RootUnit, Source: "made up",
		Custody: custody.Places{Journal: r.Journal}, Fetch: custody.Places{Journal: r.Journal}.Fetch}))(tb)
	tb.Cleanup(func() { _ = v.Close() })
	return v
}

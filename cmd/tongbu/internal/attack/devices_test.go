package attack_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
	"tongbu/node/replica"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

func (w *world) olderLists() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"the city's older words once more": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			at := w.street.Replica
			await(t, "the device is known", func() bool { _, ok := at.Members.Device(d.Device()); return ok })
			in := change.Stream{Device: w.city.Replica.Keys.Device(), Incarnation: 1, Audience: kit.First.ID}
			before, _, err := at.Streams.Load(in, change.Mark{}, 1<<20)
			if err != nil || len(before) == 0 {
				t.Fatalf("nothing to replay: %v", err)
			}
			w.revoke(t, d.Device())
			await(t, "the revocation is known", func() bool { return at.Members.Banned(d.Device()) })
			held := w.street.holds(in)
			from := streams.Sender{Peer: syncer.Peer{Unit: kit.City.ID, Device: w.city.Replica.Keys.Device()}, Parent: true}
			for _, b := range before {
				if _, err := at.Streams.Append(t.Context(), from, [][]byte{b.Bytes()}); err != nil {
					t.Fatal(err)
				}
			}
			if !at.Members.Banned(d.Device()) || w.street.holds(in) < held {
				t.Errorf("the revocation is gone, or the stream went back from %d to %d", held, w.street.holds(in))
			}
		},
		"a hub restored from an older copy": w.restored,
	}
}

// restored: a hub restored from a copy of before a revocation says how old its
// list of devices is, and gets the revocation as soon as it is linked.
func (w *world) restored(t *testing.T) {
	hub := w.mustHub(t, kit.FarStreet)
	d := w.mustDevice(t, kit.FarAway)
	await(t, "the device is known", func() bool { _, ok := hub.Replica.Members.Device(d.Device()); return ok })
	hub.stop()
	if err := os.Remove(filepath.Join(hub.dir, "tongbu.sock")); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(copied, os.DirFS(hub.dir)); err != nil {
		t.Fatal(err)
	}
	w.revoke(t, d.Device())
	ports, again := w.mustListen(t)
	hub = w.mustServe(t, hub.dir, again, ports)
	await(t, "the revocation is known", func() bool { return hub.Replica.Members.Banned(d.Device()) })
	newest := membersAt(t, hub.Replica)
	hub.stop()

	old := mustHubReplica(t, copied)
	if age := membersAt(t, old); !age.Before(newest) || old.Members.Banned(d.Device()) {
		t.Errorf("the copy's list of devices is as of %v, want it before %v and without the revocation", age, newest)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	ports, again = w.mustListen(t)
	hub = w.mustServe(t, copied, again, ports)
	await(t, "the revocation comes back", func() bool { return hub.Replica.Members.Banned(d.Device()) })
	if answered(t, hub.links, d.Key(), d.Certificate()) {
		t.Error("the revoked device is let in")
	}
	if got := membersAt(t, hub.Replica); got.Before(newest) {
		t.Errorf("the list of devices is as of %v, want %v", got, newest)
	}
}

func membersAt(t *testing.T, s *replica.Replica) time.Time {
	t.Helper()
	st, err := operate.New(s, operate.Beyond{}).Status(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	return st.MembersAt
}

func (w *world) dates() map[string]func(*testing.T) {
	future := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	return map[string]func(*testing.T){
		"wins nothing": func(t *testing.T) {
			// The same two edits twice, with the dates exchanged.
			a, b := w.mustDevice(t, kit.First), w.mustDevice(t, kit.First)
			now := time.Now().UnixMilli()
			first := w.winner(t, a, b, change.RecordID(kit.First.ID)+".shared-1", [2]int64{future, now}, change.Mark{}, change.Mark{})
			second := w.winner(t, a, b, change.RecordID(kit.First.ID)+".shared-2", [2]int64{now, future}, first.ends[0], first.ends[1])
			if first.name != second.name {
				t.Errorf("dated one way %q wins, the other way %q", first.name, second.name)
			}
		},
		"is flagged": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			b := d.mustSeal(t, d.own(), change.Mark{}, "甲", future)
			wantTaken(t, d.mustPush(t, w.street, b), b)
			for _, at := range []*site{w.street, w.city} {
				await(t, "the status names the device", func() bool {
					st, err := operate.New(at.Replica, operate.Beyond{}).Status(t.Context(), false)
					return err == nil && slices.ContainsFunc(st.Ahead, func(a operate.Ahead) bool { return a.Device == d.Device() && a.By > 1000 })
				})
			}
		},
	}
}

type contest struct {
	name string // that shows
	ends [2]change.Mark
}

// winner has two devices set the same field without knowing of each other.
func (w *world) winner(t *testing.T, a, b *device, id change.RecordID, at [2]int64, endA, endB change.Mark) contest {
	t.Helper()
	first := a.mustSealOf(t, id, a.own(), endA, "甲", at[0])
	second := b.mustSealOf(t, id, b.own(), endB, "乙", at[1])
	wantTaken(t, a.mustPush(t, w.street, first), first)
	wantTaken(t, b.mustPush(t, w.street, second), second)
	c := contest{ends: [2]change.Mark{first.End(), second.End()}}
	await(t, "the view has both", func() bool {
		var answer struct{ Rows []struct{ Name string } }
		var status operate.Status
		q := question.Question{Kind: "person", Filter: `id = "` + string(id) + `"`, Select: []string{"name"}}
		if w.street.ask(http.MethodGet, "/status", nil, &status) != nil || status.View.Behind > 0 || w.street.ask(http.MethodPost, "/query", q, &answer) != nil || len(answer.Rows) != 1 {
			return false
		}
		c.name = answer.Rows[0].Name
		return w.street.holds(a.own()) == first.Last() && w.street.holds(b.own()) == second.Last()
	})
	return c
}

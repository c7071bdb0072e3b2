package replica_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/replica"
	"tongbu/node/socket"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// town is a city, a street and a node that know the tree.
type town struct {
	*kit.Town
	t                  testing.TB
	city, street, node *replica.Replica
}

func newTown(t testing.TB) *town {
	t.Helper()
	w := &town{Town: kit.MustTown(t), t: t}
	w.city = w.MustCity(t)
	w.street = w.MustStation(t, w.city, kit.Street)
	w.node = w.MustStation(t, w.city, kit.First)
	return w
}

// client calls what a station answers on its socket.
func client(s *replica.Replica) *socket.Client {
	service := socket.Service{Desk: desk.New(s), Operate: operate.New(s, operate.Beyond{})}
	return socket.Direct(service.Routes(), func() {})
}

func (w *town) put(s *replica.Replica, kind, lines string) {
	w.t.Helper()
	err := client(s).Lines(context.Background(), http.MethodPost, "/put/"+kind, strings.NewReader(lines), func([]byte) error { return nil })
	if err != nil {
		w.t.Fatal(err)
	}
}

func ask[T any](w *town, s *replica.Replica, path string) (answer T) {
	w.t.Helper()
	if err := client(s).JSON(context.Background(), http.MethodGet, path, nil, &answer); err != nil {
		w.t.Fatal(err)
	}
	return answer
}

func failure(s *replica.Replica, path string) fault.Kind {
	return fault.Of(client(s).JSON(context.Background(), http.MethodGet, path, nil, new(any)))
}

// list returns the ids of the records that fit a filter.
func (w *town) list(s *replica.Replica, kind, filter string) (ids []change.RecordID) {
	w.t.Helper()
	err := client(s).Lines(context.Background(), http.MethodGet, "/list/"+kind+"?filter="+url.QueryEscape(filter), nil, func(line []byte) error {
		var shown desk.Shown
		if err := json.Unmarshal(line, &shown); err != nil {
			return err
		}
		ids = append(ids, shown.ID)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return ids
}

func (w *town) status(s *replica.Replica) *operate.Status {
	w.t.Helper()
	st, err := operate.New(s, operate.Beyond{}).Status(w.t.Context(), false)
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

func (w *town) verify(s *replica.Replica) *operate.Verified {
	w.t.Helper()
	v, err := operate.New(s, operate.Beyond{}).Verify(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *town) wantNoProblems(s *replica.Replica) *operate.Verified {
	w.t.Helper()
	v := w.verify(s)
	if !v.OK || len(v.Problems) > 0 {
		w.t.Errorf("got %v, want no problems", v.Problems)
	}
	return v
}

// sign makes the city record all it holds of a station's first stream.
func (w *town) sign(of *replica.Replica) {
	w.t.Helper()
	in := change.Stream{Device: of.Keys.Device(), Incarnation: 1, Audience: of.Place.Unit}
	e, ok := w.city.Streams.Entry(in)
	if !ok {
		w.t.Fatal("the city has nothing of the stream")
	}
	err := w.city.Streams.Write(w.t.Context(), func(c *streams.Writer) error { return c.Record(in, e.Sealed) })
	if err != nil {
		w.t.Fatal(err)
	}
}

// receipt signs with the city's key and stores at a station.
func (w *town) receipt(at *replica.Replica, r change.Receipt) {
	w.t.Helper()
	signed, err := r.Sign(w.city.Keys.Key())
	if err == nil {
		err = at.Streams.StoreReceipt(w.t.Context(), signed.Bytes())
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// acked tells a station that its parent has all it sealed.
func (w *town) acked(s *replica.Replica) {
	w.t.Helper()
	entries, _ := s.Streams.Entries()
	for _, e := range entries {
		s.Streams.Acked(syncer.Have{Stream: e.Stream, Mark: e.Sealed})
	}
}

package attack_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/node"
	"tongbu/node/socket"
	"tongbu/syncer/remote"
)

// neighbours are two persons of neighbouring communities, known to city and street.
type neighbours struct {
	mine, theirs *device
	hub          *site
}

func (w *world) mustNeighbours(t testing.TB) neighbours {
	t.Helper()
	x := neighbours{w.mustDevice(t, kit.First), w.mustDevice(t, kit.Second), w.street}
	for _, d := range []*device{x.mine, x.theirs} {
		b := d.mustSeals(t, 1)[0]
		wantTaken(t, d.mustPush(t, w.street, b), b)
	}
	await(t, "both are in the view", func() bool { // the hub itself sees all of its street
		a, err := x.ask(&device{Keystore: w.street.Replica.Keys}, w.city, question.Question{Kind: "person", PageSize: 1000})
		return err == nil && has(a, x.mine) && has(a, x.theirs) && x.seen(w.street)
	})
	return x
}

// seen reports whether the hub's own view has both.
func (x neighbours) seen(s *site) bool {
	var raw json.RawMessage
	err := s.ask(http.MethodPost, "/query", question.Question{Kind: "person", PageSize: 1000}, &raw)
	return err == nil && strings.Contains(string(raw), string(x.mine.Device())) && strings.Contains(string(raw), string(x.theirs.Device()))
}

func has(a *question.Answer, d *device) bool {
	for _, r := range a.Rows {
		if strings.Contains(strings.ToLower(rowText(r)), "p-"+string(d.Device())) {
			return true
		}
	}
	return false
}

func rowText(r any) string {
	raw, err := json.Marshal(r)
	if err != nil {
		panic(err) // it came as JSON
	}
	return string(raw)
}

// ask asks a hub over the wire, as the device.
func (x neighbours) ask(d *device, s *site, q question.Question) (*question.Answer, error) {
	return askWith(context.Background(), d, s, q)
}

func askWith(ctx context.Context, d *device, s *site, q question.Question) (*question.Answer, error) {
	h, err := remote.Dial(s.links, d, yes, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = h.Close() }()
	return h.Query(ctx, q)
}

func (w *world) reads() map[string]func(*testing.T) {
	x := w.mustNeighbours(w.t)
	return map[string]func(*testing.T){
		"a sibling's, the parent's, of a unit that is not": func(t *testing.T) {
			texts := map[string]bool{}
			for _, scope := range []change.UnitID{kit.Second.ID, kit.Street.ID, kit.City.ID, kit.FarAway.ID, kit.NotOfTown.ID} {
				for _, at := range []*site{w.street, w.city} {
					_, err := x.ask(x.mine, at, question.Question{Kind: "person", Scope: scope})
					wantKind(t, err, fault.Denied)
					texts[strings.ReplaceAll(err.Error(), string(scope), "")+fault.Hint(err)] = true
				}
			}
			if len(texts) != 1 {
				t.Errorf("what is not there and what is not allowed are told apart: %v", texts)
			}
		},
		"a guessed id": func(t *testing.T) {
			answers := map[string]bool{}
			for _, id := range []string{"p-" + string(x.theirs.Device()), "p-nobody"} {
				for _, at := range []*site{w.street, w.city} {
					a, err := x.ask(x.mine, at, question.Question{Kind: "person", Filter: `id = "` + id + `"`, Select: []string{"id", "name"}})
					if err != nil || len(a.Rows) != 0 {
						t.Fatalf("got %v, %v, want no rows", a, err)
					}
					answers[rowText(a.Rows)+a.NextPageToken] = true
				}
			}
			if len(answers) != 1 {
				t.Errorf("an id that exists is told from one that does not: %v", answers)
			}
		},
		"filter tricks": func(t *testing.T) {
			for _, f := range []string{`community = "` + kit.Second.Code + `"`, `name = "甲" OR unit = "` + kit.Second.Code + `"`, `NOT community = "` + kit.First.Code + `"`,
				`name != "x' OR 1=1 --"`, `id >= "" OR id < ""`, `city = "` + kit.City.Code + `"`, `name = "甲" OR NOT name = "甲"`} {
				for _, at := range []*site{w.street, w.city} {
					a, err := x.ask(x.mine, at, question.Question{Kind: "person", Filter: f, PageSize: 1000})
					if err == nil && has(a, x.theirs) {
						t.Errorf("%s shows another's", f)
					}
					if err != nil {
						wantKind(t, err, fault.Invalid)
					}
				}
			}
		},
		"the page token of another": func(t *testing.T) {
			street := &device{Keystore: w.street.Replica.Keys}
			q := question.Question{Kind: "person", PageSize: 1}
			a, err := x.ask(street, w.city, q)
			if err != nil || a.NextPageToken == "" {
				t.Fatalf("no second page: %v, %v", a, err)
			}
			q.PageToken = a.NextPageToken
			_, err = x.ask(x.mine, w.city, q)
			wantKind(t, err, fault.Invalid)
		},
		"counts": func(t *testing.T) {
			for _, group := range []string{"community", "street", "birth_date"} {
				a, err := x.ask(x.mine, w.city, question.Question{Kind: "person", GroupBy: group, PageSize: 1000})
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(rowText(a.Rows), kit.Second.Code) || a.Coverage.Units > 1 {
					t.Errorf("by %s: %s, %d units", group, rowText(a.Rows), a.Coverage.Units)
				}
			}
		},
		"the files of a node": func(t *testing.T) {
			s := x.mine.mustReplica(t)
			files := socket.Direct(node.New(s).Handler(), func() {})
			texts := map[string]bool{}
			for _, id := range []string{"p-" + string(x.theirs.Device()), "p-nobody"} {
				err := files.JSON(t.Context(), http.MethodGet, "/get/person/"+id, nil, new(any))
				wantKind(t, err, fault.NotFound)
				texts[err.Error()] = true
			}
			if len(texts) != 1 {
				t.Errorf("told apart: %v", texts)
			}
		},
	}
}

func (w *world) methods() map[string]func(*testing.T) {
	d := w.mustDevice(w.t, kit.First)
	refused := func(method string) func(*testing.T) {
		return func(t *testing.T) {
			creds := credentials.NewTLS(identity.ClientTLS(d, nil))
			conn, err := grpc.NewClient("passthrough:///"+w.street.links, grpc.WithTransportCredentials(creds))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close() //nolint:errcheck // the test is over
			err = conn.Invoke(t.Context(), method, &emptypb.Empty{}, &emptypb.Empty{})
			if code := status.Code(err); code != codes.Unimplemented {
				t.Errorf("got %v, want the status of a method that nobody serves", err)
			}
		}
	}
	return map[string]func(*testing.T){
		"unknown method":  refused("/tongbu.v1.SyncService/Push"),
		"unknown service": refused("/tongbu.v1.AdminService/Query"),
		"other case":      refused("/tongbu.v1.SyncService/query"),
		"reflection":      refused("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"),
		"health":          refused("/grpc.health.v1.Health/Check"),
		"channelz":        refused("/grpc.channelz.v1.Channelz/GetServers"),
		"no slash": func(t *testing.T) {
			for _, path := range []string{"tongbu.v1.SyncService/Query", "tongbu.v1.SyncService/Sync", "//tongbu.v1.SyncService/Query", "*"} {
				if status := mustRawCall(t, d, w.street.links, path); status == "0" || status == "" {
					t.Errorf("%q: got status %q, want a refusal", path, status)
				}
			}
		},
		"metadata x-node-id": func(t *testing.T) {
			for _, key := range []string{"x-node-id", "x-unit", "authorization", "x-forwarded-for"} {
				ctx := metadata.AppendToOutgoingContext(context.Background(), key, string(kit.City.ID))
				_, err := askWith(ctx, d, w.city, question.Question{Kind: "person", Scope: kit.City.ID})
				wantKind(t, err, fault.Denied)
				a, err := askWith(ctx, d, w.city, question.Question{Kind: "person", PageSize: 1000})
				if err != nil || a.Coverage.Units > 1 {
					t.Errorf("%s: got %v, %v, want the caller's own unit", key, a, err)
				}
			}
		},
	}
}

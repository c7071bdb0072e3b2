package wire_test

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/v1"
	"tongbu/syncer"
	"tongbu/syncer/wire"
)

var update = flag.Bool("update", false, "rewrite the vectors")

const vectors = "../../testdata/vectors/"

// vector is one message as every build must read and write it.
type vector struct {
	What  string `json:"what"`
	From  string `json:"from"` // child or parent
	Bytes string `json:"bytes"`
}

// sealed reads the signed bytes of another vector.
func sealed(t *testing.T, file, key string) []byte {
	t.Helper()
	var v map[string]any
	mustReadJSON(t, file, &v)
	raw, err := hex.DecodeString(v[key].(string))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// said is a session from the handshake on in which every message occurs.
func said(t *testing.T) (messages []syncer.Message, what, from []string) {
	t.Helper()
	b, err := change.ParseBatch(sealed(t, "batch.json", "batch"))
	if err != nil {
		t.Fatal(err)
	}
	signed := sealed(t, "receipt.json", "receipt")
	child := syncer.Peer{Unit: change.NewUnitID([10]byte{3}), Device: b.Stream.Device}
	parent := syncer.Peer{Unit: change.NewUnitID([10]byte{2}), Device: change.DeviceOf([]byte{2})}
	have := syncer.Have{Stream: b.Stream, Mark: b.End(), Receipt: syncer.ReceiptAt{Epoch: 1, Seq: 1}}
	say := func(who, name string, m syncer.Message) {
		messages, what, from = append(messages, m), append(what, name), append(from, who)
	}
	say("child", "hello", syncer.Hello{Version: syncer.Version, Network: "t-990100000000-abc", Peer: child, Now: 1800000000000})
	say("parent", "hello", syncer.Hello{Version: syncer.Version, Network: "t-990100000000-abc", Peer: parent, Now: 1800000000001, Batch: 3})
	say("child", "marks", syncer.Marks{Have: []syncer.Have{have}})
	say("child", "marks, the last", syncer.Marks{Last: true})
	say("parent", "marks of nothing", syncer.Marks{Last: true})
	say("child", "author", syncer.Author{Certificate: []byte{0x30, 0x82, 1, 2, 3}})
	say("child", "batch", syncer.Batch{Sealed: b.Bytes()})
	say("parent", "ack", syncer.Ack{Have: []syncer.Have{{Stream: b.Stream, Mark: b.End()}}})
	say("parent", "ack of one that came too early", syncer.Ack{Have: []syncer.Have{{Stream: b.Stream}}, Behind: true})
	say("parent", "receipt", syncer.Receipt{Signed: signed})
	say("parent", "fork", syncer.Fork{Have: have})
	say("child", "trace", syncer.Trace{Stream: b.Stream, Before: 7})
	say("parent", "traced", syncer.Traced{Stream: b.Stream, Ends: []change.Mark{b.End(), {Seq: 1, Hash: change.Hash{9}}}})
	say("child", "reach", syncer.Reach{Now: 1800000000002, Devices: []syncer.DeviceReach{
		{Peer: child, Connected: true, Heard: -1, Heads: []syncer.Head{{Stream: b.Stream, Seq: 1 << 40}}}}})
	say("parent", "refuse", syncer.Refuse{Stream: b.Stream, Kind: fault.Denied, Reason: "设备 is revoked"})
	return messages, what, from
}

// TestSessionVectors holds the frames of a whole session against the file.
func TestSessionVectors(t *testing.T) {
	messages, what, from := said(t)
	var fresh []vector
	for i, m := range messages {
		fresh = append(fresh, vector{What: what[i], From: from[i], Bytes: mustHex(t, wire.ToFrame(m))})
	}
	known := mustVectors(t, "session.json", fresh)
	if diff := cmp.Diff(known, fresh); diff != "" {
		t.Errorf("messages are written otherwise (-file +now)\n%s", diff)
	}
	for i, v := range known {
		var f pb.Frame
		mustUnhex(t, v.Bytes, &f)
		got, err := wire.FromFrame(&f)
		if err != nil {
			t.Errorf("%s: %v", v.What, err)
		}
		if diff := cmp.Diff(messages[i], got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s is read otherwise (-want +got)\n%s", v.What, diff)
		}
	}
}

// TestQueryVectors does the same for a question and its answer.
func TestQueryVectors(t *testing.T) {
	q := question.Question{Kind: "person", Filter: `sex = "1"`, OrderBy: "name desc", Select: []string{"name", "sex"}, GroupBy: "community",
		PageSize: 100, PageToken: "abc", Scope: change.NewUnitID([10]byte{3}), Device: change.DeviceOf([]byte{2}), Operator: "clerk", Purpose: "visit"}
	bare := &pb.QueryResponse{Answer: []byte(`{"rows":[]}`)}
	answer := page()
	said, err := wire.ToAnswer(answer)
	if err != nil {
		t.Fatal(err)
	}
	fresh := []vector{
		{What: "question", From: "child", Bytes: mustHex(t, wire.ToQuestion(q))},
		{What: "answer", From: "parent", Bytes: mustHex(t, bare)},
		{What: "answer of a page", From: "parent", Bytes: mustHex(t, said)},
	}
	known := mustVectors(t, "query.json", fresh)
	if diff := cmp.Diff(known, fresh); diff != "" {
		t.Fatalf("written otherwise (-file +now)\n%s", diff)
	}
	var asked pb.QueryRequest
	mustUnhex(t, known[0].Bytes, &asked)
	got, err := wire.FromQuestion(&asked)
	if diff := cmp.Diff(q, got); diff != "" || err != nil {
		t.Errorf("the question is read otherwise: %v\n%s", err, diff)
	}
	for i, want := range []*question.Answer{{Rows: []question.Row{}, Coverage: question.Coverage{Silent: []question.Silent{}}}, answer} {
		var answered pb.QueryResponse
		mustUnhex(t, known[i+1].Bytes, &answered)
		got, err := wire.FromAnswer(&answered)
		want.AsReceived = answered.GetAnswer()
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s is read otherwise: %v\n%s", known[i+1].What, err, diff)
		}
	}
}

// page is an answer with values of every type.
func page() *question.Answer {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return &question.Answer{
		Columns: []question.Column{{Name: "name", Type: question.Text}, {Name: "n", Type: question.Integer}, {Name: "ok", Type: question.Boolean}, {Name: "kinds", Type: question.Set}},
		Rows: []question.Row{
			{change.Text("张三 <a>"), change.Int(-1), change.Bool(true), change.Set([]string{"a", "b"})},
			{change.Null, question.Absent, question.Absent, change.Set(nil)},
		},
		NextPageToken: "abc",
		Coverage:      question.Coverage{AsOf: at, Units: 3, Pending: 4, Absent: 5, Silent: []question.Silent{{Unit: "110101001002", Since: at}}},
	}
}

// TestUnknownFields: what a later build adds to a message is no reason not to
// understand the rest; a message that this build does not know at all is.
func TestUnknownFields(t *testing.T) {
	messages, what, _ := said(t)
	later := protowire.AppendTag(nil, 1000, protowire.BytesType)
	later = protowire.AppendBytes(later, []byte("from a later build"))
	for i, m := range messages {
		raw, err := proto.Marshal(wire.ToFrame(m))
		if err != nil {
			t.Fatal(err)
		}
		number, kind, n := protowire.ConsumeTag(raw)
		body, _ := protowire.ConsumeBytes(raw[n:])
		inner := protowire.AppendTag(nil, number, kind) // with a new field in the message, and one beside it
		inner = append(protowire.AppendBytes(inner, append(body[:len(body):len(body)], later...)), later...)
		var f pb.Frame
		if err := proto.Unmarshal(inner, &f); err != nil {
			t.Fatal(err)
		}
		got, err := wire.FromFrame(&f)
		if diff := cmp.Diff(m, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", what[i], err, diff)
		}
	}
	var f pb.Frame
	if err := proto.Unmarshal(later, &f); err != nil {
		t.Fatal(err)
	}
	if _, err := wire.FromFrame(&f); fault.Of(err) != fault.Unsupported {
		t.Errorf("an unknown message: got %v, want unsupported", err)
	}
}

func mustHex(t *testing.T, m proto.Message) string {
	t.Helper()
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(raw)
}

func mustUnhex(t *testing.T, text string, into proto.Message) {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err == nil {
		err = proto.Unmarshal(raw, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// mustVectors reads a file of vectors, after writing it when that is asked for.
func mustVectors(t *testing.T, file string, fresh []vector) (known []vector) {
	t.Helper()
	if *update {
		raw, err := json.MarshalIndent(fresh, "", "  ")
		if err == nil {
			err = os.WriteFile(vectors+file, append(raw, '\n'), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	mustReadJSON(t, file, &known)
	return known
}

func mustReadJSON(t *testing.T, file string, into any) {
	t.Helper()
	raw, err := os.ReadFile(vectors + file)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

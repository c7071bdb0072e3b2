package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"tongbu/hub/api/rows"
	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/query/v1"
)

// jsonForm writes answers over HTTP: rows as objects by column, as the command line and
// the links have them; all else as the contract's messages. It reads messages.
type jsonForm struct{ runtime.JSONPb }

func newJSONForm() *jsonForm {
	return &jsonForm{runtime.JSONPb{MarshalOptions: protojson.MarshalOptions{UseProtoNames: true}}}
}

// Marshal implements runtime.Marshaler.
func (j *jsonForm) Marshal(v any) ([]byte, error) {
	switch m := v.(type) {
	case *pb.QueryResponse:
		return answerJSON(m.GetColumns(), m.GetRows(), question.Answer{NextPageToken: m.GetNextPageToken(), Coverage: rows.ReadCoverage(m.GetCoverage()), Total: m.Total, Moved: m.GetMoved()})
	case *pb.CountResponse:
		return answerJSON(m.GetColumns(), m.GetRows(), question.Answer{NextPageToken: m.GetNextPageToken(), Coverage: rows.ReadCoverage(m.GetCoverage()), Total: m.Total, Moved: m.GetMoved()})
	case *pb.GetRecordResponse:
		return recordJSON(m)
	case *pb.HistoryResponse:
		return historyJSON(m)
	case *pb.IndicatorsResponse:
		return figuresJSON(m)
	case *pb.MatchResponse:
		return matchedJSON(m)
	case *pb.AssessResponse:
		return assessedJSON(m)
	case *pb.TargetsResponse:
		return targetsJSON(m)
	case *pb.CoverageResponse:
		return encode(map[string]any{"coverage": rows.ReadCoverage(m.GetCoverage())})
	}
	raw, err := j.JSONPb.Marshal(v)
	if err != nil {
		return nil, err
	}
	return encode(json.RawMessage(raw)) // which takes out the spaces that vary
}

// NewEncoder implements runtime.Marshaler.
func (j *jsonForm) NewEncoder(w io.Writer) runtime.Encoder {
	return runtime.EncoderFunc(func(v any) error {
		raw, err := j.Marshal(v)
		if err == nil {
			_, err = w.Write(raw)
		}
		return err
	})
}

// ContentType implements runtime.Marshaler.
func (*jsonForm) ContentType(any) string { return "application/json" }

// NewDecoder implements runtime.Marshaler. A body is one message and nothing behind it.
func (j *jsonForm) NewDecoder(r io.Reader) runtime.Decoder {
	return runtime.DecoderFunc(func(v any) error {
		raw, err := io.ReadAll(r)
		if err != nil {
			return errBody(err)
		}
		if len(bytes.TrimSpace(raw)) == 0 {
			return nil
		}
		return protojson.Unmarshal(raw, v.(proto.Message))
	})
}

// errBody says of a body that could not be read whole why that was.
func errBody(err error) error {
	if large := new(http.MaxBytesError); errors.As(err, &large) {
		return fault.New(fault.Invalid, "the request is too large: more than %d bytes", large.Limit).WithHint("ask in parts")
	}
	return err
}

func answerJSON(columns []*pb.Column, messages []*pb.Row, a question.Answer) (raw []byte, err error) {
	a.Columns = rows.Names(columns)
	if a.Rows, err = rows.Read(a.Columns, messages); err != nil {
		return nil, err
	}
	raw, err = a.MarshalJSON()
	return plain.JSON(raw), err
}

func recordJSON(m *pb.GetRecordResponse) ([]byte, error) {
	columns := rows.Names(m.GetColumns())
	all, err := rows.Read(columns, []*pb.Row{m.GetRow()})
	if err != nil {
		return nil, err
	}
	record, err := question.AppendLines(nil, columns, all)
	if err != nil {
		return nil, err
	}
	return encode(map[string]any{"record": json.RawMessage(record), "coverage": rows.ReadCoverage(m.GetCoverage())})
}

// past is a change over HTTP: its fields have their own JSON.
type past struct {
	At      string                     `json:"at"`
	Actor   string                     `json:"actor,omitempty"`
	Entered string                     `json:"entered"`
	Unit    string                     `json:"unit"`
	Device  string                     `json:"device"`
	State   string                     `json:"state"`
	Fields  map[string]json.RawMessage `json:"fields"`
}

func historyJSON(m *pb.HistoryResponse) ([]byte, error) {
	all := []past{}
	for _, c := range m.GetChanges() {
		p := past{At: c.GetAt(), Actor: c.GetActor(), Entered: c.GetEntered(), Unit: c.GetUnit(), Device: c.GetDevice(), State: c.GetState(), Fields: map[string]json.RawMessage{}}
		for name, raw := range c.GetFields() {
			p.Fields[name] = json.RawMessage(raw)
		}
		all = append(all, p)
	}
	return encode(map[string]any{"changes": all, "coverage": rows.ReadCoverage(m.GetCoverage())})
}

// encode writes what is shown as it was typed by somebody: nothing in it moves a
// terminal.
func encode(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fault.As(fault.Internal, "write an answer", err)
	}
	return plain.JSON(raw), nil
}

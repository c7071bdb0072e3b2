package rows_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"tongbu/hub/api/rows"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	pb "tongbu/proto/tongbu/query/v1"
)

func drawValue(t *rapid.T, of question.Type) change.Value {
	switch rapid.IntRange(0, 5).Draw(t, "sort") {
	case 0:
		return change.Null
	case 1:
		return question.Absent
	}
	switch of {
	case question.Integer:
		return change.Int(rapid.Int64().Draw(t, "n"))
	case question.Boolean:
		return change.Bool(rapid.Bool().Draw(t, "b"))
	case question.Set:
		return change.Set(rapid.SliceOfN(rapid.String(), 0, 4).Draw(t, "set"))
	}
	return change.Text(rapid.String().Draw(t, "text"))
}

var types = []question.Type{question.Text, question.Integer, question.Boolean, question.Set}

// TestRows: any rows go to messages, over the wire, and back unchanged.
func TestRows(t *testing.T) {
	k := person(t)
	rapid.Check(t, func(t *rapid.T) {
		var columns []question.Column
		for range rapid.IntRange(0, 6).Draw(t, "columns") {
			columns = append(columns, question.Column{Name: rapid.SampledFrom([]string{"id", "name", "sex", "x"}).Draw(t, "name"), Type: rapid.SampledFrom(types).Draw(t, "type")})
		}
		all := make([]question.Row, rapid.IntRange(0, 4).Draw(t, "rows"))
		for i := range all {
			all[i] = make(question.Row, len(columns))
			for j, c := range columns {
				all[i][j] = drawValue(t, c.Type)
			}
		}
		made, err := rows.Of(all)
		if err != nil {
			t.Fatal(err)
		}
		m := &pb.QueryResponse{Columns: rows.Columns(columns, k), Rows: made}
		raw, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		back := &pb.QueryResponse{}
		if err := proto.Unmarshal(raw, back); err != nil {
			t.Fatal(err)
		}
		names := rows.Names(back.GetColumns())
		got, err := rows.Read(names, back.GetRows())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(all, got); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if len(columns) > 0 {
			if diff := cmp.Diff(columns, names); diff != "" {
				t.Errorf("columns (-want +got):\n%s", diff)
			}
		}
	})
}

func person(t testing.TB) *schema.Kind {
	t.Helper()
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	k, _ := s.Kind("person")
	return k
}

// TestCoverage: the coverage of an answer goes to a message and back.
func TestCoverage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := func(name string) time.Time {
			return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, name), rapid.Int64Range(0, 999999999).Draw(t, name)).UTC()
		}
		c := question.Coverage{AsOf: at("as of"), Units: rapid.IntRange(0, 1e6).Draw(t, "units"), Pending: rapid.Uint64().Draw(t, "pending"), Absent: rapid.IntRange(0, 9).Draw(t, "absent"),
			Today: rapid.SampledFrom([]string{"", "2026-06-01"}).Draw(t, "today"), Silent: []question.Silent{}}
		if rapid.Bool().Draw(t, "known") {
			n := rapid.Int64().Draw(t, "conflicts")
			c.Conflicts = &n
		}
		for range rapid.IntRange(0, 3).Draw(t, "silent") {
			c.Silent = append(c.Silent, question.Silent{Unit: rapid.StringMatching(`[0-9]{12}`).Draw(t, "unit"), Since: at("since")})
		}
		got := rows.ReadCoverage(rows.CoverageOf(c))
		c.AsOf = c.AsOf.Truncate(time.Second) // answers have whole seconds
		for i := range c.Silent {
			c.Silent[i].Since = c.Silent[i].Since.Truncate(time.Second)
		}
		if diff := cmp.Diff(c, got); diff != "" {
			t.Error(diff)
		}
	})
	if got := rows.ReadCoverage(nil); !got.AsOf.IsZero() || got.Silent == nil {
		t.Errorf("of no message: %+v", got)
	}
}

// TestNoValue: what is no value is not written.
func TestNoValue(t *testing.T) {
	if _, err := rows.Of([]question.Row{{change.Value("\xff")}}); fault.Of(err) != fault.Internal {
		t.Errorf("got %v, want internal", err)
	}
}

// TestDamaged: rows that do not fit their columns are told from rows.
func TestDamaged(t *testing.T) {
	text, whole, yes, set := question.Column{Type: question.Text}, question.Column{Type: question.Integer}, question.Column{Type: question.Boolean}, question.Column{Type: question.Set}
	for name, test := range map[string]struct {
		columns []question.Column
		row     *pb.Row
	}{
		"a length too few":  {[]question.Column{text, text}, &pb.Row{Lengths: []int64{1}, Values: []byte("a")}},
		"a length too many": {[]question.Column{text}, &pb.Row{Lengths: []int64{1, 0}, Values: []byte("a")}},
		"too long":          {[]question.Column{text}, &pb.Row{Lengths: []int64{2}, Values: []byte("a")}},
		"longer than any":   {[]question.Column{text}, &pb.Row{Lengths: []int64{1<<63 - 1}, Values: []byte("a")}},
		"below":             {[]question.Column{text}, &pb.Row{Lengths: []int64{-3}}},
		"far below":         {[]question.Column{text}, &pb.Row{Lengths: []int64{-1 << 63}}},
		"bytes left":        {[]question.Column{text}, &pb.Row{Lengths: []int64{1}, Values: []byte("ab")}},
		"no UTF-8":          {[]question.Column{text}, &pb.Row{Lengths: []int64{1}, Values: []byte("\xff")}},
		"no number":         {[]question.Column{whole}, &pb.Row{Lengths: []int64{1}, Values: []byte("a")}},
		"too large":         {[]question.Column{whole}, &pb.Row{Lengths: []int64{19}, Values: []byte("9223372036854775808")}},
		"no yes":            {[]question.Column{yes}, &pb.Row{Lengths: []int64{1}, Values: []byte("2")}},
		"no set":            {[]question.Column{set}, &pb.Row{Lengths: []int64{1}, Values: []byte("[")}},
		"a set of numbers":  {[]question.Column{set}, &pb.Row{Lengths: []int64{3}, Values: []byte("[1]")}},
		"nothing":           {[]question.Column{text}, nil},
	} {
		if got, err := rows.Read(test.columns, []*pb.Row{test.row}); fault.Of(err) != fault.Damaged {
			t.Errorf("%s: got %v, %v, want damaged", name, got, err)
		}
	}
}

// FuzzRead: no message is read into anything but rows, which an answer can be written of.
func FuzzRead(f *testing.F) {
	seed := func(m *pb.QueryResponse) {
		raw, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	seed(&pb.QueryResponse{Columns: []*pb.Column{{Name: "id", Type: pb.Type_TYPE_TEXT}, {Name: "n", Type: pb.Type_TYPE_INTEGER}}, Rows: []*pb.Row{{Lengths: []int64{1, -1}, Values: []byte("a")}, {Lengths: []int64{-2, 2}, Values: []byte("12")}}})
	seed(&pb.QueryResponse{Columns: []*pb.Column{{Name: "s", Type: pb.Type_TYPE_SET}, {Name: "b", Type: pb.Type_TYPE_BOOLEAN}}, Rows: []*pb.Row{{Lengths: []int64{5, 4}, Values: []byte(`["a"]true`)}}})
	seed(&pb.QueryResponse{Columns: []*pb.Column{nil, {Type: 77}}, Rows: []*pb.Row{nil}})
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := &pb.QueryResponse{}
		if proto.Unmarshal(raw, m) != nil {
			return
		}
		_ = rows.ReadCoverage(m.GetCoverage())
		columns := rows.Names(m.GetColumns())
		got, err := rows.Read(columns, m.GetRows())
		if err != nil {
			if fault.Of(err) != fault.Damaged {
				t.Fatalf("got %v, want damaged", err)
			}
			return
		}
		if _, err := rows.Of(got); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if _, err := question.AppendLines(nil, columns, got); err != nil {
			t.Fatalf("what was read is no answer: %v", err)
		}
	})
}

package change_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/sample"
)

// census are the first changes of made-up persons and their households, as an import
// or a clerk writes them, about 400 bytes each.
func census(n int) (raws [][]byte) {
	maker, ids := sample.NewMaker(7), uuids{n: new(uint64)}
	for i := 0; len(raws) < n; i++ {
		h := maker.Household(sample.Zhonglou, i)
		home := ids.next()
		for _, p := range h.Persons {
			fields := fieldsOf(p.Object)
			fields["household"] = change.Text(string(home))
			raws = append(raws, encodeAt(ids, "person", ids.next(), fields, nil))
		}
	}
	return raws[:n]
}

// households are the first changes of households.
func households(n int) (raws [][]byte) {
	maker, ids := sample.NewMaker(7), uuids{n: new(uint64)}
	for i := range n {
		raws = append(raws, encodeAt(ids, "household", ids.next(), fieldsOf(maker.Household(sample.Zhonglou, i).Record.Object), nil))
	}
	return raws
}

// edits are changes of persons that others were before.
func edits(n int) (raws [][]byte) {
	ids := uuids{n: new(uint64)}
	for i := range n {
		fields := map[string]change.Value{"status": change.Text(fmt.Sprint(i % 9)), "recorded_on": change.Text(fmt.Sprintf("2026-03-%02d", 1+i%28))}
		if i%3 == 0 {
			fields["phone"] = change.Text(fmt.Sprintf("138%08d", i*7919%1e8))
		}
		raws = append(raws, encodeAt(ids, "person", ids.next(), fields, change.Vector{stream(1): uint64(1 + i%3)}))
	}
	return raws
}

// refusals are words of the city, each on a change of its own.
func refusals(n int) (raws [][]byte) {
	ids := uuids{n: new(uint64)}
	for i := range n {
		raws = append(raws, encodeAt(ids, "refusal", change.RecordID(fmt.Sprintf("%s-1-%d", stream(1).Device, 100+i)), map[string]change.Value{
			"stream": change.Text(stream(1).String()), "seq": change.Int(int64(100 + i)), "kind": change.Text("person"), "record": change.Text(string(ids.next())),
			"rule": change.Text("hard_check"), "message": change.Text("证件号码的校验码不对"), "unit": change.Text(string(unit(1)))}, nil))
	}
	return raws
}

// uuids makes ids as the program does, some seconds apart.
type uuids struct{ n *uint64 }

func (u *uuids) next() change.RecordID {
	*u.n++
	x := *u.n * 0x9e3779b97f4a7c15
	x ^= x >> 29
	y := x * 0xbf58476d1ce4e5b9
	ms := 1741564800000 + *u.n*7919
	id := [16]byte{byte(ms >> 40), byte(ms >> 32), byte(ms >> 24), byte(ms >> 16), byte(ms >> 8), byte(ms)}
	for i := range 5 {
		id[6+i], id[11+i] = byte(x>>(8*i)), byte(y>>(8*i+16))
	}
	id[6], id[8] = id[6]&15|0x70, id[8]&63|0x80
	return change.NewRecordID(unit(1), id)
}

func encodeAt(u uuids, kind string, id change.RecordID, fields map[string]change.Value, context change.Vector) []byte {
	c := &change.Change{Kind: kind, Record: id, Fields: change.FieldsOf(fields), Context: context, Actor: "clerk", At: 1741564800000}
	if u.n != nil {
		c.At += int64(*u.n * 8111)
	}
	return must(c.Encode())
}

func fieldsOf(object map[string]any) map[string]change.Value {
	fields := map[string]change.Value{}
	for name, v := range object {
		switch x := v.(type) {
		case string:
			fields[name] = change.Text(x)
		case bool:
			fields[name] = change.Bool(x)
		case json.Number:
			fields[name] = change.Int(must(x.Int64()))
		case []any:
			var items []string
			for _, item := range x {
				items = append(items, fmt.Sprint(item))
			}
			fields[name] = change.Set(items)
		}
	}
	return fields
}

func BenchmarkEncode(b *testing.B) {
	c := must(change.Decode(census(1)[0]))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecode reads a person of 17 fields, as a form of the census has them.
func BenchmarkDecode(b *testing.B) {
	raw := census(1)[0]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := change.Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// sizes are batches of a node on the line, and of one that was offline.
var sizes = []int{1, 20, 100, 1000}

var kindsOfChanges = map[string]func(int) [][]byte{"persons": census, "households": households, "edits": edits, "refusals": refusals}

// eachVersion runs a benchmark for batches of both versions, and reports what a
// change takes sealed and what it takes of the time.
func eachVersion(b *testing.B, kinds []string, fn func(b *testing.B, version uint8, raws [][]byte)) {
	for _, kind := range kinds {
		for _, n := range sizes {
			raws := kindsOfChanges[kind](n)
			for _, version := range []uint8{change.BatchRows, change.BatchColumns} {
				b.Run(fmt.Sprintf("%s/%d/version=%d", kind, n, version), func(b *testing.B) {
					b.ReportAllocs()
					fn(b, version, raws)
					b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(n)/float64(time.Microsecond), "µs/change")
				})
			}
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	eachVersion(b, []string{"persons", "households", "edits", "refusals"}, func(b *testing.B, version uint8, raws [][]byte) {
		size, by, in := 0, key(1), stream(1)
		for b.Loop() {
			batch, err := change.Seal(version, by, in, change.Mark{}, raws, 1)
			if err != nil {
				b.Fatal(err)
			}
			size = len(batch.Bytes())
		}
		b.ReportMetric(float64(size)/float64(len(raws)), "B/change")
	})
}

func BenchmarkRaw(b *testing.B) {
	eachVersion(b, []string{"persons", "edits"}, func(b *testing.B, version uint8, raws [][]byte) {
		batch := must(change.Seal(version, key(1), stream(1), change.Mark{}, raws, 1))
		for b.Loop() {
			if _, err := batch.Raw(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkChanges(b *testing.B) {
	eachVersion(b, []string{"persons"}, func(b *testing.B, version uint8, raws [][]byte) {
		batch := must(change.Seal(version, key(1), stream(1), change.Mark{}, raws, 1))
		for b.Loop() {
			if _, err := batch.Changes(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkParseVerify(b *testing.B) {
	raw := mustSeal(b, 1, change.Mark{}, census(1000)...).Bytes()
	b.ReportAllocs()
	for b.Loop() {
		batch, err := change.ParseBatch(raw)
		if err == nil {
			err = batch.Verify(public(1))
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

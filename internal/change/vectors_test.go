package change_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
)

var update = flag.Bool("update", false, "rewrite the vectors")

const vectors = "../../testdata/vectors"

// batchVector is a batch as every build must read it. Bytes are hexadecimal.
type batchVector struct {
	Seed    string   `json:"seed"` // of the device's Ed25519 key
	Stream  string   `json:"stream"`
	First   uint64   `json:"first"`
	Prev    string   `json:"prev"`
	Sealed  int64    `json:"sealed"`
	Changes []string `json:"changes"` // encoded
	Batch   string   `json:"batch"`
	Hash    string   `json:"hash"`
}

type receiptVector struct {
	Seed    string `json:"seed"` // of the city's Ed25519 key
	Stream  string `json:"stream"`
	Seq     uint64 `json:"seq"`
	Hash    string `json:"hash"`
	Epoch   uint64 `json:"epoch"`
	At      int64  `json:"at"`
	Spoken  string `json:"spoken,omitempty"`     // the city's stream to the author's unit; form 2 names it
	Said    uint64 `json:"spoken_seq,omitempty"` // how far it had gone
	Receipt string `json:"receipt"`
}

// written are the changes of the vector.
func written(version uint8) []*change.Change {
	if version == change.BatchColumns {
		return registered()
	}
	void := &change.Change{Kind: "person", Record: "p-1", Fields: change.FieldsOf(map[string]change.Value{"valid": change.Text("0")}),
		Context: change.Vector{stream(1): 10, stream(2): 9}}
	return []*change.Change{edit(), void}
}

// registered are a household's three persons, none of them anybody, and an edit: a
// batch in which most forms of columns occur.
func registered() (all []*change.Change) {
	home := change.NumberedRecordID(unit(1), "household", "H1")
	for i, name := range []string{"甲", "乙", "丙"} {
		number := fmt.Sprint("P", i)
		fields := map[string]change.Value{"own_no": change.Text(number), "name": change.Text(name), "household": change.Text(string(home)),
			"id_number": change.Text("11010519491231002X"), "birth_date": change.Text("1949-12-31"), "recorded_on": change.Text(fmt.Sprintf("2026-03-%02d", 10+i)),
			"phone": change.Text(fmt.Sprintf("1380000%04d", i*77)), "status": change.Text("1"), "children": change.Int(int64(i) - 1)}
		if i == 1 {
			fields["birth_date"] = change.Null
		}
		all = append(all, &change.Change{Kind: "person", Record: change.NumberedRecordID(unit(1), "person", number), Fields: change.FieldsOf(fields), Actor: "clerk", At: 1700000000000 + int64(i*i)*1000})
	}
	return append(all, &change.Change{Kind: "person", Record: "0195f000-0000-7000-8000-00000000000a", Actor: "clerk", At: 1700000009000,
		Fields: change.FieldsOf(map[string]change.Value{"status": change.Text("2")}), Context: change.Vector{stream(1): 4, stream(2): 9}})
}

// batchFiles are what this build writes, by version; batch.json is of before there
// was a dictionary, and is read for ever.
var batchFiles = map[uint8]string{change.BatchRows: "batch-dictionary.json", change.BatchColumns: "batch-columns.json"}

func TestBatchVector(t *testing.T) {
	names := []string{"batch.json"}
	for version, name := range batchFiles {
		if names = append(names, name); *update {
			writeVector(t, filepath.Join(vectors, name), newBatchVector(t, version))
		}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) { readBatchVector(t, filepath.Join(vectors, name)) })
	}
}

func readBatchVector(t *testing.T, path string) {
	var v batchVector
	readVector(t, path, &v)
	b, err := change.ParseBatch(unhex(t, v.Batch))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Verify(publicOf(t, v.Seed)); err != nil {
		t.Error(err)
	}
	got := batchVector{Seed: v.Seed, Stream: b.Stream.String(), First: b.First, Prev: hex.EncodeToString(b.Prev[:]), Sealed: b.Sealed,
		Batch: hex.EncodeToString(b.Bytes()), Hash: hexOf(b.Hash())}
	raws, err := b.Raw()
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range raws {
		got.Changes = append(got.Changes, hex.EncodeToString(raw))
	}
	if diff := cmp.Diff(v, got); diff != "" {
		t.Error(diff)
	}
	changes, err := b.Changes()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(written(b.Version), changes); diff != "" {
		t.Error(diff)
	}
}

// TestBatchVectorIsWrittenSo: what this build writes is what the vectors say.
// The compressed payload is left out: a later compressor may pack it better.
func TestBatchVectorIsWrittenSo(t *testing.T) {
	for version, name := range batchFiles {
		var want batchVector
		readVector(t, filepath.Join(vectors, name), &want)
		got := newBatchVector(t, version)
		got.Batch, got.Hash = want.Batch, want.Hash
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func newBatchVector(t *testing.T, version uint8) batchVector {
	t.Helper()
	v := batchVector{Seed: hex.EncodeToString(key(1).Seed()), Stream: stream(1).String(), Sealed: 1700000000001}
	prev := change.Mark{Seq: 9, Hash: change.Hash{0xab}}
	v.First, v.Prev = prev.Seq+1, hexOf(prev.Hash)
	var raws [][]byte
	for _, c := range written(version) {
		raws = append(raws, mustEncode(t, c))
		v.Changes = append(v.Changes, hex.EncodeToString(raws[len(raws)-1]))
	}
	b, err := change.Seal(version, key(1), stream(1), prev, raws, v.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	v.Batch, v.Hash = hex.EncodeToString(b.Bytes()), hexOf(b.Hash())
	return v
}

func TestReceiptVector(t *testing.T) {
	for name, r := range map[string]change.Receipt{"receipt.json": receipt(), "receipt-marked.json": marked()} {
		t.Run(name, func(t *testing.T) { readReceiptVector(t, filepath.Join(vectors, name), r) })
	}
}

func readReceiptVector(t *testing.T, path string, r change.Receipt) {
	want := receiptVector{Seed: hex.EncodeToString(key(9).Seed()), Stream: r.Stream.String(), Seq: r.Seq, Hash: hexOf(r.Hash), Epoch: r.Epoch, At: r.At,
		Receipt: hex.EncodeToString(mustSign(t, 9, r).Bytes())}
	if r.Spoken != (change.Spoken{}) {
		want.Spoken, want.Said = r.Spoken.Stream.String(), r.Spoken.Seq
	}
	if *update {
		writeVector(t, path, want)
	}
	var v receiptVector
	readVector(t, path, &v)
	if diff := cmp.Diff(v, want); diff != "" {
		t.Error(diff)
	}
	got, err := change.ParseReceipt(unhex(t, v.Receipt))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, got.Receipt); diff != "" {
		t.Error(diff)
	}
	if err := got.Verify(publicOf(t, v.Seed)); err != nil {
		t.Error(err)
	}
}

func hexOf(h change.Hash) string { return hex.EncodeToString(h[:]) }

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func publicOf(t *testing.T, seed string) ed25519.PublicKey {
	t.Helper()
	return ed25519.NewKeyFromSeed(unhex(t, seed)).Public().(ed25519.PublicKey)
}

func readVector(t *testing.T, path string, v any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		t.Fatal(err)
	}
}

func writeVector(t *testing.T, path string, v any) {
	t.Helper()
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(raw, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}

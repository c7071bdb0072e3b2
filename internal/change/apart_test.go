package change_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"os"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/klauspost/compress/zstd"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// TestDictionariesApart: a batch of rows that is compressed against the dictionary of
// columns is read by nobody: programs of before, which have not that dictionary, would
// hold other records.
func TestDictionariesApart(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	enc := must(cbor.CoreDetEncOptions().EncMode())
	plain := must(enc.Marshal([][]byte{mustEncode(t, edit())}))
	w := must(zstd.NewWriter(nil, zstd.WithEncoderDictRaw(2, must(os.ReadFile("dictionary-columns")))))
	payload := w.EncodeAll(plain, nil)
	for _, version := range []uint8{1, 2} {
		in := change.Stream{Device: change.DeviceOf(key.Public().(ed25519.PublicKey)), Incarnation: 1, Audience: unit(1)}
		signed := must(enc.Marshal([]any{version, in, 1, 1, make([]byte, 32), len(plain), sha256.Sum256(payload), int64(1)}))
		sealed := must(enc.Marshal([]any{signed, ed25519.Sign(key, append([]byte("tongbu/batch/1\n"), signed...)), payload}))
		b, err := change.ParseBatch(sealed)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := b.Changes(); fault.Of(err) != fault.Damaged {
			t.Errorf("version %d: %d changes, %v", version, len(got), err)
		}
	}
}

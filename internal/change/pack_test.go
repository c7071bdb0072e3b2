package change_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

func TestPack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := bytes.Repeat(rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "bytes"), rapid.IntRange(0, 20_000).Draw(t, "times"))
		packed := change.Pack(raw)
		got, err := change.Unpack(packed)
		if err != nil || !bytes.Equal(got, raw) {
			t.Fatalf("got %d bytes, %v, want %d", len(got), err, len(raw))
		}
		if len(raw) > 100_000 && len(packed) > len(raw)/100 {
			t.Errorf("%d bytes are packed in %d", len(raw), len(packed))
		}
		if len(packed) > 0 {
			if _, err := change.Unpack(packed[:len(packed)-1]); fault.Of(err) != fault.Damaged {
				t.Errorf("cut: %v", err)
			}
		}
	})
}

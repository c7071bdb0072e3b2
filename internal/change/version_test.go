package change_test

import (
	"encoding/base64"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// TestVersion: what names a context reads back, for its own record alone, and
// nothing else is read.
func TestVersion(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v := change.Vector{}
		for range rapid.IntRange(0, 4).Draw(rt, "streams") {
			in := change.Stream{Device: rapid.SampledFrom([]change.DeviceID{"aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"}).Draw(rt, "device"),
				Incarnation: rapid.Uint32Range(1, 3).Draw(rt, "incarnation"), Audience: "cccccccccccccccc"}
			v[in] = rapid.Uint64Range(1, 1<<48).Draw(rt, "count")
		}
		text := v.Version("person", "p-1")
		back, err := change.ParseVersion(text, "person", "p-1")
		if err != nil || !maps.Equal(back, v) {
			rt.Fatalf("got %v, %v, want %v", back, err, v)
		}
		for _, other := range []struct {
			kind string
			id   change.RecordID
		}{{"person", "p-2"}, {"household", "p-1"}} {
			if _, err := change.ParseVersion(text, other.kind, other.id); fault.Of(err) != fault.Invalid {
				rt.Fatalf("for %v: got %v, want invalid", other, err)
			}
		}
	})
}

// TestFullVersion: the longest context has a version that is read.
func TestFullVersion(t *testing.T) {
	v := change.Vector{}
	for n := range change.MaxContext {
		v[change.Stream{Device: "aaaaaaaaaaaaaaaa", Incarnation: 1<<31 + uint32(n), Audience: "cccccccccccccccc"}] = 1 << 48
	}
	text := v.Version("person", "p-1")
	if back, err := change.ParseVersion(text, "person", "p-1"); err != nil || len(back) != len(v) {
		t.Errorf("got %d streams of %d (%v) from %d bytes", len(back), len(v), err, len(text))
	}
	v[change.Stream{Device: "bbbbbbbbbbbbbbbb", Incarnation: 1, Audience: "cccccccccccccccc"}] = 1
	if _, err := change.ParseVersion(v.Version("person", "p-1"), "person", "p-1"); fault.Of(err) != fault.Invalid {
		t.Errorf("one stream more than a context may have: got %v, want invalid", err)
	}
}

// FuzzParseVersion: what is accepted is what Version gives.
func FuzzParseVersion(f *testing.F) {
	f.Add(change.Vector{}.Version("person", "p-1"))
	f.Add(change.Vector{{Device: "aaaaaaaaaaaaaaaa", Incarnation: 1, Audience: "cccccccccccccccc"}: 7}.Version("person", "p-1"))
	f.Add(base64.RawURLEncoding.EncodeToString([]byte{0x83, 0x01, 0x40, 0x80}))
	f.Fuzz(func(t *testing.T, text string) {
		v, err := change.ParseVersion(text, "person", "p-1")
		if err == nil && v.Version("person", "p-1") != text || err != nil && fault.Of(err) != fault.Invalid {
			t.Errorf("got %v, %v", v, err)
		}
	})
}

package system_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

func drawHash(t *rapid.T, what string) []byte {
	if !rapid.Bool().Draw(t, "has "+what) {
		return nil
	}
	return rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, what)
}

func drawProgram(t *rapid.T) system.Program {
	return system.Program{Name: "stats", Unit: city.Audience, Kinds: rapid.SliceOfN(rapid.SampledFrom([]string{"person", "x.flood", "*"}), 1, 3).Draw(t, "kinds"),
		Full: rapid.Bool().Draw(t, "full"), Purpose: rapid.SampledFrom([]string{"失业统计", "a b"}).Draw(t, "purpose"),
		Until: rapid.SampledFrom([]string{"", "2026-12-31"}).Draw(t, "until"), Token: drawHash(t, "token"), Certificate: drawHash(t, "certificate"),
		Rate: rapid.IntRange(0, 9).Draw(t, "rate"), State: rapid.SampledFrom([]string{system.Active, system.Revoked}).Draw(t, "state"), Added: rapid.Int64Range(0, 9).Draw(t, "added")}
}

// TestProgramReadsWhatItWrites: also of access that is given again: nothing stays of what
// it was before.
func TestProgramReadsWhatItWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, now := drawProgram(t), drawProgram(t)
		r := mergedOf(system.ProgramKind, "stats", before.Fields())
		if diff := cmp.Diff(before, system.ProgramFrom(r)); diff != "" {
			t.Fatalf("first: %s", diff)
		}
		r.Apply(city, &change.Change{Kind: system.ProgramKind, Record: "stats", Fields: change.FieldsOf(now.Fields()), Context: r.Context()})
		if diff := cmp.Diff(now, system.ProgramFrom(r)); diff != "" {
			t.Errorf("given again: %s", diff)
		}
	})
}

// TestRevokedCounts: where a city and its successor have said two things side by side.
func TestRevokedCounts(t *testing.T) {
	for _, last := range []string{system.Active, system.Revoked} {
		first := system.Active
		if last == first {
			first = system.Revoked
		}
		r := merge.New(system.ProgramKind, "stats")
		for i, state := range []string{first, last} {
			in := change.Stream{Device: city.Device, Incarnation: uint32(i + 1), Audience: city.Audience}
			r.Apply(in, &change.Change{Kind: system.ProgramKind, Record: "stats", Fields: change.FieldsOf(map[string]change.Value{"state": change.Text(state)})})
		}
		if got := system.ProgramFrom(r).State; len(r.Conflicts()) != 1 || got != system.Revoked {
			t.Errorf("%d conflicts, %s counts, want revoked", len(r.Conflicts()), got)
		}
	}
}

// TestProgramWithoutAHash: what is no hash leads to no program.
func TestProgramWithoutAHash(t *testing.T) {
	for _, text := range []string{"", "x", base64.StdEncoding.EncodeToString(make([]byte, 31))} {
		p := system.ProgramFrom(mergedOf(system.ProgramKind, "stats", map[string]change.Value{"token": change.Text(text), "certificate": change.Text(text)}))
		if p.Token != nil || p.Certificate != nil {
			t.Errorf("%q: got %+v", text, p)
		}
	}
}

func TestCheckProgramName(t *testing.T) {
	for name, want := range map[string]bool{"a": true, "social-insurance-2": true, strings.Repeat("a", 40): true,
		"": false, strings.Repeat("a", 41): false, "A": false, "2a": false, "-a": false, "a_b": false, "a.b": false, "a b": false, "统计": false, "a/b": false, "a\n": false} {
		err := system.CheckProgramName(name)
		if (err == nil) != want || err != nil && (fault.Of(err) != fault.Invalid || fault.Hint(err) == "") {
			t.Errorf("%q: got %v, want it right: %v", name, err, want)
		}
	}
}

// TestProgramToken: a token has one form only, and its hash tells nothing of it.
func TestProgramToken(t *testing.T) {
	secret := [32]byte{1, 2, 3, 31: 0xff}
	token := system.ProgramToken(secret)
	hash, ok := system.ProgramTokenHash(token)
	if !ok || hash != sha256.Sum256([]byte(token)) || !strings.HasPrefix(token, "tbp_") || len(token) != 47 {
		t.Errorf("got %q, %v", token, ok)
	}
	if bytes.Contains(hash[:], secret[:4]) {
		t.Error("the hash holds the secret")
	}
	for _, other := range []string{"", "tbp_", token[4:], token + "A", token[:46], "tbp_" + token, token[:46] + "\n", token[:20] + "\n" + token[20:], strings.ToUpper(token),
		token + "=", token[:46] + string(rune(token[46]+1))} {
		if _, ok := system.ProgramTokenHash(other); ok {
			t.Errorf("%q passes for a token", other)
		}
	}
}

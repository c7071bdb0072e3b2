package journal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// FuzzOpen patches a sound file, cuts it, and opens it: it is set aside, or
// refused, or opens, and then all of it can be asked for without a panic. The
// patch stands at a place of the file, and the file ends where cut says.
func FuzzOpen(f *testing.F) {
	good := sample(f)
	for _, at := range []int{0, 16, 4096 + 40, 2 * 4096, 3*4096 + 8, 5*4096 + 24, len(good) - 4096} {
		f.Add(uint32(at), []byte{0xff, 0, 0xff, 0xff}, uint32(len(good)), false)
		f.Add(uint32(at), make([]byte, 4096), uint32(len(good)), true)
	}
	f.Add(uint32(0), []byte{}, uint32(20000), false)
	f.Add(uint32(0), bytes.Repeat([]byte{1, 0, 2, 0}, 2048), uint32(len(good)), false)
	f.Fuzz(func(t *testing.T, at uint32, patch []byte, cut uint32, noted bool) {
		file := bytes.Clone(good)
		copy(file[int(at)%len(file):], patch)
		path := filepath.Join(t.TempDir(), "journal.db")
		if err := os.WriteFile(path, file[:min(int(cut), len(file))], 0o600); err != nil {
			t.Fatal(err)
		}
		if noted {
			if err := os.WriteFile(path+".clean", []byte(`{"size":1,"tx":1}`), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, err := journal.Open(path, options())
		if err != nil {
			if kind := fault.Of(err); kind != fault.Damaged && kind != fault.Unsupported {
				t.Fatalf("got %v (%v), want damaged or unsupported", kind, err)
			}
			return
		}
		if _, err := s.Verify(t.Context(), nil); err != nil && fault.Of(err) != fault.Damaged {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

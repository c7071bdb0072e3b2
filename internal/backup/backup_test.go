package backup_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"tongbu/internal/backup"
	"tongbu/internal/fault"
)

// mustDir makes a directory with files: name -> contents.
func mustDir(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// noise does not compress, and is more than is held in memory.
func noise(n int) string {
	raw := make([]byte, n)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range raw {
		raw[i] = byte(r.Uint32())
	}
	return string(raw)
}

func mustBackup(t testing.TB, dir string) []byte {
	t.Helper()
	sources, err := backup.Collect(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := backup.Write(&out, backup.Manifest{Network: "n", Tier: "city", Time: time.Unix(1, 0).UTC()}, sources); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRoundTrip(t *testing.T) {
	kept := map[string]string{"tongbu.yaml": "listen: x", "identity/device.key": "key", "authority/ca.key": "", "journal.db": noise(200 << 10), "vault.json": "{}"}
	dir := mustDir(t, kept)
	for _, name := range []string{"view.db", "view.db-wal", "journal.db.damaged-7", "journal.db.new", "journal.db.clean", "fsync.probe", "reserve", "identity/.device.crt-123"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("not to be kept"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	socket, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close() //nolint:errcheck // of a test
	raw := mustBackup(t, dir)
	m, err := backup.Check(bytes.NewReader(raw))
	if err != nil || len(m.Files) != len(kept) || m.Network != "n" {
		t.Fatalf("check: %+v %v", m, err)
	}
	into := t.TempDir()
	if _, err := backup.Extract(bytes.NewReader(raw), into); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(kept, contents(t, into)); diff != "" {
		t.Error(diff)
	}
	if _, err := backup.Extract(bytes.NewReader(raw), into); err == nil {
		t.Error("files that are there were written over")
	}
}

func TestCollectRefuses(t *testing.T) {
	dir := mustDir(t, map[string]string{"journal.db": "j"})
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Collect(dir, nil); fault.Of(err) != fault.Invalid {
		t.Errorf("a link: got %v, want invalid", err)
	}
}

// TestChangedMeanwhile: what changes between the sum and the copy is told.
func TestChangedMeanwhile(t *testing.T) {
	dir := mustDir(t, map[string]string{"journal.db": noise(200 << 10)})
	sources, err := backup.Collect(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "journal.db"), []byte(strings.Repeat("x", 200<<10)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := backup.Write(io.Discard, backup.Manifest{}, sources); fault.Of(err) != fault.Busy {
		t.Errorf("got %v, want busy", err)
	}
}

// TestDamage: no file that was cut anywhere, altered anywhere or has more
// behind it is taken for a backup, and nothing panics.
func TestDamage(t *testing.T) {
	raw := mustBackup(t, mustDir(t, map[string]string{"journal.db": noise(70 << 10), "tongbu.yaml": "x"}))
	check := func(what string, n int, file []byte) {
		t.Helper()
		if _, err := backup.Check(bytes.NewReader(file)); fault.Of(err) != fault.Damaged {
			t.Errorf("%s at %d of %d: got %v, want damaged", what, n, len(raw), err)
		}
	}
	step := max(1, len(raw)/400)
	for n := 0; n < len(raw); n += step {
		check("cut", n, raw[:n])
		altered := bytes.Clone(raw)
		altered[n] ^= 0x40
		if _, err := backup.Check(bytes.NewReader(altered)); err == nil {
			t.Errorf("a flipped bit at %d of %d is not seen", n, len(raw))
		}
	}
	check("cut", len(raw)-1, raw[:len(raw)-1])
	check("more", 0, append(bytes.Clone(raw), "more"...))
	check("twice", 0, append(bytes.Clone(raw), raw...))
	check("foreign", 0, []byte("PK\x03\x04 of another program"))
	check("empty", 0, nil)
}

// forged packs parts as they are given.
func forged(t *testing.T, parts ...tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, h := range parts {
		text := h.PAXRecords["TONGBU.text"]
		h.PAXRecords = nil
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(text))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); h.Size > 0 && err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func part(name, text string) tar.Header {
	return tar.Header{Name: name, Mode: 0o600, PAXRecords: map[string]string{"TONGBU.text": text}}
}

func listing(files string) tar.Header {
	return part("manifest.json", `{"format":1,"files":[`+files+`]}`)
}

const emptySum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// TestForged: names that lead out of the directory, links, and parts that are
// others than the manifest says are refused, and nothing of them is written.
func TestForged(t *testing.T) {
	entry := func(name string) string { return `{"name":"` + name + `","size":0,"sha256":"` + emptySum + `"}` }
	link := tar.Header{Name: "a", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}
	for name, test := range map[string]struct {
		file []byte
		want fault.Kind
	}{
		"in order":             {forged(t, listing(entry("a")), part("a", "")), fault.OK},
		"a later format":       {forged(t, part("manifest.json", `{"format":2,"files":[]}`)), fault.Unsupported},
		"no format":            {forged(t, part("manifest.json", `{"files":[`+entry("a")+`]}`), part("a", "")), fault.Damaged},
		"no files":             {forged(t, listing("")), fault.Damaged},
		"no manifest":          {forged(t, part("a", "")), fault.Damaged},
		"a manifest of no use": {forged(t, part("manifest.json", "[]")), fault.Damaged},
		"upward":               {forged(t, listing(entry("../a")), part("../a", "")), fault.Damaged},
		"upward inside":        {forged(t, listing(entry("b/../../a")), part("b/../../a", "")), fault.Damaged},
		"absolute":             {forged(t, listing(entry("/tmp/a")), part("/tmp/a", "")), fault.Damaged},
		"a drive":              {forged(t, listing(entry("c:a")), part("c:a", "")), fault.Damaged},
		"a backslash":          {forged(t, listing(entry(`b\\a`)), part(`b\a`, "")), fault.Damaged},
		"a socket's name":      {forged(t, listing(entry("tongbu.sock")), part("tongbu.sock", "")), fault.Damaged},
		"a name twice":         {forged(t, listing(entry("a")+","+entry("A")), part("a", ""), part("A", "")), fault.Damaged},
		"a link":               {forged(t, listing(entry("a")), link), fault.Damaged},
		"another part":         {forged(t, listing(entry("a")), part("b", "")), fault.Damaged},
		"another size":         {forged(t, listing(entry("a")), part("a", "x")), fault.Damaged},
		"another sum":          {forged(t, listing(`{"name":"a","size":1,"sha256":"`+emptySum+`"}`), part("a", "x")), fault.Damaged},
		"a negative size":      {forged(t, listing(`{"name":"a","size":-1,"sha256":""}`), part("a", "x")), fault.Damaged},
		"a part too many":      {forged(t, listing(entry("a")), part("a", ""), part("b", "")), fault.Damaged},
		"a part too few":       {forged(t, listing(entry("a")+","+entry("b")), part("a", "")), fault.Damaged},
	} {
		dir := t.TempDir()
		if _, err := backup.Extract(bytes.NewReader(test.file), dir); fault.Of(err) != test.want {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if _, err := os.Lstat(filepath.Join(filepath.Dir(dir), "a")); err == nil {
			t.Errorf("%s: a file was written outside", name)
		}
	}
}

// FuzzCheck: no bytes make the reader panic, hang or take much memory.
func FuzzCheck(f *testing.F) {
	f.Add(mustBackup(f, mustDir(f, map[string]string{"journal.db": "j"})))
	f.Add([]byte("\x28\xb5\x2f\xfd"))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		_, _ = backup.Check(bytes.NewReader(raw))
	})
}

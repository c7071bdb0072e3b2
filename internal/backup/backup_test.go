package backup_test

import (
	"archive/tar"
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"tongbu/internal/backup"
	"tongbu/internal/backup/backuptest"
	"tongbu/internal/change"
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

// own is the device of the tests.
var own = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

func publicOf(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func manifestOf(key ed25519.PrivateKey) backup.Manifest {
	return backup.Manifest{Network: "n", Tier: "city", Device: change.DeviceOf(publicOf(key)), Time: time.Unix(1, 5).UTC()}
}

func mustBackup(t testing.TB, dir string) []byte {
	t.Helper()
	sources, _, err := backup.Collect(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := backup.Write(&out, manifestOf(own), sources, own); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// anything takes every manifest.
func anything(*backup.Manifest) error { return nil }

func TestRoundTrip(t *testing.T) {
	kept := map[string]string{"tongbu.yaml": "listen: x", "identity/device.key": "key", "authority/ca.key": "", "authority/ca-0123456789abcdef.key": "k", "journal.db": noise(200 << 10), "vault.json": "{}"}
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
	if err != nil || len(m.Files) != len(kept) || m.Network != "n" || !m.Signed() {
		t.Fatalf("check: %+v %v", m, err)
	}
	into := t.TempDir()
	if _, err := backup.Extract(bytes.NewReader(raw), into, anything); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(kept, contents(t, into)); diff != "" {
		t.Error(diff)
	}
	if _, err := backup.Extract(bytes.NewReader(raw), into, anything); err == nil {
		t.Error("files that are there were written over")
	}
}

func TestCollectRefuses(t *testing.T) {
	dir := mustDir(t, map[string]string{"journal.db": "j"})
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := backup.Collect(dir, nil); fault.Of(err) != fault.Invalid {
		t.Errorf("a link: got %v, want invalid", err)
	}
}

// TestChangedMeanwhile: what changes between the sum and the copy is told.
func TestChangedMeanwhile(t *testing.T) {
	dir := mustDir(t, map[string]string{"journal.db": noise(200 << 10)})
	sources, _, err := backup.Collect(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "journal.db"), []byte(strings.Repeat("x", 200<<10)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := backup.Write(io.Discard, manifestOf(own), sources, own); fault.Of(err) != fault.Busy {
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
		h.PAXRecords = maps.Clone(h.PAXRecords)
		delete(h.PAXRecords, "TONGBU.text")
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

// listing is a manifest as older programs wrote it.
func listing(files string) tar.Header {
	return part("manifest.json", `{"format":1,"files":[`+files+`]}`)
}

// signed is a manifest of a device, signed with a key over a text.
func signed(files string, device, key ed25519.PrivateKey, domain string) tar.Header {
	text := `{"format":1,"device":"` + string(change.DeviceOf(publicOf(device))) + `","files":[` + files + `]}`
	h := part("manifest.json", text)
	h.PAXRecords["TONGBU.key"] = base64.StdEncoding.EncodeToString(publicOf(key))
	h.PAXRecords["TONGBU.signature"] = base64.StdEncoding.EncodeToString(ed25519.Sign(key, []byte(domain+text)))
	return h
}

func without(h tar.Header, record string) tar.Header {
	delete(h.PAXRecords, record)
	return h
}

func with(h tar.Header, record, value string) tar.Header {
	h.PAXRecords[record] = value
	return h
}

const domain = "tongbu/backup/1\n"

var other = ed25519.NewKeyFromSeed([]byte("another device, of 32 bytes long"))

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
		"signed":               {forged(t, signed(entry("vault.json"), own, own, domain), part("vault.json", "")), fault.OK},
		"signed as another":    {forged(t, signed(entry("vault.json"), own, other, domain), part("vault.json", "")), fault.Damaged},
		"of another domain":    {forged(t, signed(entry("vault.json"), own, own, "tongbu/renew/1\n"), part("vault.json", "")), fault.Damaged},
		"of no domain":         {forged(t, signed(entry("vault.json"), own, own, ""), part("vault.json", "")), fault.Damaged},
		"a key alone":          {forged(t, without(signed(entry("vault.json"), own, own, domain), "TONGBU.signature"), part("vault.json", "")), fault.Damaged},
		"a signature alone":    {forged(t, without(signed(entry("vault.json"), own, own, domain), "TONGBU.key"), part("vault.json", "")), fault.Damaged},
		"an empty signature":   {forged(t, with(signed(entry("vault.json"), own, own, domain), "TONGBU.signature", "AA=="), part("vault.json", "")), fault.Damaged},
		"a stray, signed":      {forged(t, signed(entry("a"), own, own, domain), part("a", "")), fault.Damaged},
		"another record":       {forged(t, with(listing(entry("a")), "TONGBU.other", "x"), part("a", "")), fault.Damaged},
		"a record of a file":   {forged(t, listing(entry("a")), with(part("a", ""), "TONGBU.key", "x")), fault.Damaged},
		"a small file too big": {forged(t, listing(`{"name":"vault.json","size":1048577,"sha256":""}`), part("vault.json", "")), fault.Damaged},
		"a journal too big":    {forged(t, listing(`{"name":"journal.db","size":1099511627777,"sha256":""}`), part("journal.db", "")), fault.Damaged},
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
		if _, err := backup.Extract(bytes.NewReader(test.file), dir, anything); fault.Of(err) != test.want {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if _, err := os.Lstat(filepath.Join(filepath.Dir(dir), "a")); err == nil {
			t.Errorf("%s: a file was written outside", name)
		}
	}
}

// TestAltered: whoever alters a file of a backup, or adds one, and recomputes its
// sum, but does not have the device's key, is found out.
func TestAltered(t *testing.T) {
	raw := mustBackup(t, mustDir(t, map[string]string{"journal.db": "j", "tongbu.yaml": "listen: x"}))
	for what, alter := range map[string]func(map[string]string){
		"another configuration": func(files map[string]string) { files["tongbu.yaml"] = "listen: y" },
		"a file more":           func(files map[string]string) { files["authority/ca.crt"] = "x" },
		"a file less":           func(files map[string]string) { delete(files, "tongbu.yaml") },
		"nothing":               func(map[string]string) {},
	} {
		_, err := backup.Check(bytes.NewReader(backuptest.MustAlter(t, raw, backuptest.Alteration{Files: alter})))
		if want := map[bool]fault.Kind{true: fault.OK, false: fault.Damaged}[what == "nothing"]; fault.Of(err) != want {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
	}
}

// TestStrays: what is none of the program's files does not get into a backup, nor
// out of one that an older program made.
func TestStrays(t *testing.T) {
	dir := mustDir(t, map[string]string{"journal.db": "j", "notes.txt": "n", "authority/ca-x.key": "k"})
	sources, strays, err := backup.Collect(dir, nil)
	if err != nil || len(sources) != 1 || !slices.Equal(strays, []string{"authority/ca-x.key", "notes.txt"}) {
		t.Errorf("got %d files and strays %v, %v", len(sources), strays, err)
	}
	into := t.TempDir()
	files := `{"name":"notes.txt","size":0,"sha256":"` + emptySum + `"},{"name":"vault.json","size":0,"sha256":"` + emptySum + `"}`
	m, err := backup.Extract(bytes.NewReader(forged(t, listing(files), part("notes.txt", ""), part("vault.json", ""))), into, anything)
	if err != nil || m.Signed() || !slices.Equal(m.Strays, []string{"notes.txt"}) {
		t.Errorf("got %+v, %v", m, err)
	}
	if diff := cmp.Diff(map[string]string{"vault.json": ""}, contents(t, into)); diff != "" {
		t.Error(diff)
	}
}

// TestAcceptFirst: nothing is written before the manifest is agreed to.
func TestAcceptFirst(t *testing.T) {
	into, no := t.TempDir(), errors.New("no")
	raw := mustBackup(t, mustDir(t, map[string]string{"journal.db": "j"}))
	_, err := backup.Extract(bytes.NewReader(raw), into, func(m *backup.Manifest) error {
		if !m.Signed() || m.Device != manifestOf(own).Device {
			t.Errorf("got %+v", m)
		}
		return no
	})
	if !errors.Is(err, no) || len(contents(t, into)) != 0 {
		t.Errorf("got %v and %v", err, contents(t, into))
	}
}

// TestAnothersKey: no device signs another's backup.
func TestAnothersKey(t *testing.T) {
	for _, key := range []ed25519.PrivateKey{other, nil} {
		if err := backup.Write(io.Discard, manifestOf(own), nil, key); fault.Of(err) != fault.Invalid {
			t.Errorf("got %v, want invalid", err)
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

package main_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"tongbu/internal/fault"
	"tongbu/internal/sample"
	"tongbu/internal/test/proctest"
	suites "tongbu/internal/test/report"
)

// canaries are made-up personal data that must be nowhere but in answers.
var canaries = []string{"420202198906195675", "欧阳石榴金丝雀", "金丝雀巷七十三号石榴院"}

// form is one way in which a text may lie in a file.
type form struct {
	name  string
	bytes []byte
}

// formsOf are the ways in which a canary is looked for: plain, escaped, in
// UTF-16, in hex, and in the middle of base64.
func formsOf(canary string) []form {
	units := utf16.Encode([]rune(canary))
	little, big := []byte{}, []byte{}
	for _, u := range units {
		little, big = binary.LittleEndian.AppendUint16(little, u), binary.BigEndian.AppendUint16(big, u)
	}
	forms := []form{{"UTF-8", []byte(canary)}, {"UTF-16LE", little}, {"UTF-16BE", big},
		{"hex", []byte(hex.EncodeToString([]byte(canary)))}, {"HEX", []byte(strings.ToUpper(hex.EncodeToString([]byte(canary))))}}
	if escaped := strings.Trim(strconv.QuoteToASCII(canary), `"`); escaped != canary {
		forms = append(forms, form{"escaped", []byte(escaped)}, form{"URL", []byte(url.QueryEscape(canary))})
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for shift := range 3 {
			whole := encoding.EncodeToString(append(make([]byte, shift), canary...))
			forms = append(forms, form{fmt.Sprintf("base64+%d", shift), []byte(whole[(shift*4+2)/3 : len(whole)-1])})
		}
	}
	return forms
}

// hunt looks for all canaries in all their forms.
type hunt struct {
	tb     testing.TB
	line   *suites.Line
	files  int
	bytes  int64
	places map[string]bool
}

// text searches bytes and returns what it found.
func (h *hunt) text(where string, raw []byte) (hits []string) {
	h.bytes += int64(len(raw))
	for i, canary := range canaries {
		for _, f := range formsOf(canary) {
			if bytes.Contains(raw, f.bytes) {
				hits = append(hits, fmt.Sprintf("canary %d as %s in %s", i, f.name, where))
			}
		}
	}
	return hits
}

// clean wants bytes without a canary.
func (h *hunt) clean(where string, raw []byte) {
	h.tb.Helper()
	for _, hit := range h.text(where, raw) {
		h.line.Violations++
		h.tb.Error(hit)
	}
}

// cleanFiles wants all files below the directories without a canary.
func (h *hunt) cleanFiles(when string, dirs ...string) {
	h.tb.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			raw, err := os.ReadFile(path)
			if os.IsNotExist(err) {
				return nil // a temporary file that has ended meanwhile
			}
			h.files++
			h.places[filepath.Base(path)] = true
			h.clean(when+": "+path, raw)
			return err
		})
		if err != nil {
			h.tb.Fatal(err)
		}
	}
}

// sees proves that the search finds each canary in each form.
func (h *hunt) sees() {
	h.tb.Helper()
	path := filepath.Join(h.tb.TempDir(), "planted")
	for i, canary := range canaries {
		for _, f := range formsOf(canary) {
			planted := bytes.Join([][]byte{make([]byte, 4097), f.bytes, []byte("tail")}, nil)
			if err := os.WriteFile(path, planted, 0o600); err != nil {
				h.tb.Fatal(err)
			}
			raw, err := os.ReadFile(path)
			if err != nil || len(h.text(path, raw)) == 0 {
				h.tb.Errorf("the search is blind: canary %d as %s, %v", i, f.name, err)
			}
		}
	}
}

// canaryLines are one household of one person, named by canaries.
func canaryLines(community string) (household, person string) {
	made := sample.NewMaker(seed).Household(community, 0)
	home, who := made.Record, made.Persons[0]
	home.Object["head_id_number"], home.Object["head_name"], home.Object["address"] = canaries[0], canaries[1], canaries[2]
	who.Object["id_number"], who.Object["name"], who.Object["hukou_address"] = canaries[0], canaries[1], canaries[2]
	return proctest.Lines([]sample.Record{home}), proctest.Lines([]sample.Record{who})
}

// wrongInputs are inputs with canaries that are refused: what is said about
// them must not repeat them.
func wrongInputs(person string) map[string]struct {
	in   string
	args []string
} {
	object := func(field, value string) string {
		return fmt.Sprintf(`{"id":"wrong-1","name":%q,"id_number":%q,%q:%q}`+"\n", canaries[1], canaries[0], field, value)
	}
	return map[string]struct {
		in   string
		args []string
	}{
		"not JSON":        {person[:len(person)/2] + canaries[2] + "\n", []string{"put", "person"}},
		"unknown field":   {object("adress", canaries[2]), []string{"put", "person"}},
		"wrong date":      {object("birth_date", canaries[1]), []string{"put", "person"}},
		"wrong code":      {object("sex", canaries[2]), []string{"put", "person"}},
		"wrong number":    {fmt.Sprintf(`{"id":"wrong-2","id_number":%q}`+"\n", canaries[0][:17]+"1"), []string{"put", "person"}},
		"wrong kind":      {person, []string{"put", "persona"}},
		"broken filter":   {"", []string{"query", "person", "--filter", `name = "` + canaries[1]}},
		"unknown in it":   {"", []string{"query", "person", "--filter", `nom = "` + canaries[1] + `"`}},
		"a wrong page":    {"", []string{"query", "person", "--page-token", canaries[1]}},
		"no such record":  {"", []string{"get", "person", "none"}},
		"a wrong reading": {"", []string{"list", "person", "--filter", `birth_date > "` + canaries[2] + `"`}},
	}
}

// TestAtRest: four tiers, each a process that logs all it can, with made-up
// personal data in them. Nothing on their disks, in their logs, in what they
// say of wrong input or of their state holds it in the clear; and without the
// key files nobody opens them.
func TestAtRest(t *testing.T) {
	line := suites.Begin(t, "at-rest")
	h := &hunt{tb: t, line: line, places: map[string]bool{}}
	h.sees()
	temp, keys := t.TempDir(), filepath.Join(t.TempDir(), "keys")
	n := proctest.Found(t, program(t, quick, "TONGBU_LOG=debug", "TONGBU_VIEW=true", "TMPDIR="+temp, "TONGBU_KEYS="+keys), proctest.Rows([]int{1}, 1))
	community, dir := n.Level(5)[0], filepath.Dir(n.City().Dir)
	household, person := canaryLines(community.Unit.Code)
	community.MustPut("household", household)
	community.MustPut("person", person)
	community.AwaitRecorded(time.Minute)
	answersCanary(t, n.City())
	h.cleanFiles("serving", dir, temp)

	for name, wrong := range wrongInputs(person) {
		r, err := community.Run(t.Context(), strings.NewReader(wrong.in), wrong.args[0], wrong.args[1:]...)
		if err != nil || r.Code == 0 {
			t.Errorf("%s is not refused: %v %v", name, r, err)
		}
		line.Runs++
		h.clean("the refusal of "+name, []byte(r.Err))
	}
	for _, tier := range n.Tiers {
		h.clean("status of "+tier.Unit.Name, []byte(tier.MustRun("", "status", "--json")))
		tier.MustVerify()
	}
	h.backups(n, dir)
	h.cleanFiles("after wrong input", dir, temp)

	n.City().Kill()
	community.Kill()
	h.cleanFiles("killed", dir, temp)
	n.City().Start()
	community.Start()
	answersCanary(t, n.City())
	for _, tier := range n.Tiers {
		tier.Stop()
	}
	h.cleanFiles("stopped", dir, temp)
	for _, name := range []string{"journal.db", "view.db", "view.db-wal", "device.key", "ca.key", "vault.json", filepath.Base(community.Dir) + ".log"} {
		if !h.places[name] {
			t.Errorf("no %s was searched", name)
		}
	}
	stolen(t, n, keys)
	line.Figure("files", h.files)
	line.Figure("bytes", h.bytes)
	line.Figure("forms", len(formsOf(canaries[1])))
}

// answersCanary wants the city to have the canaries: nothing is proved by
// their absence elsewhere if they never arrived.
func answersCanary(t *testing.T, city *proctest.Tier) {
	t.Helper()
	proctest.Await(t, time.Minute, "the city's answer", func() string {
		a, err := city.Query(t.Context(), "person", "--filter", fmt.Sprintf("id_number = %q", canaries[0]), "--select", "name,hukou_address")
		if err != nil || len(a.Rows) != 1 || a.Rows[0]["name"] != canaries[1] || a.Rows[0]["hukou_address"] != canaries[2] {
			return fmt.Sprintf("%v, %v", a.Rows, err)
		}
		return ""
	})
}

// backups makes a backup of each tier where this build can.
func (h *hunt) backups(n *proctest.Network, dir string) {
	help, err := n.Program.Run(h.tb.Context(), nil, "help")
	if err != nil || !strings.Contains(help.Out, "\n  backup ") {
		h.line.Skip(h.tb, "this build has no backup command: %v", err)
		return
	}
	for i, tier := range n.Tiers {
		r, err := tier.Run(h.tb.Context(), nil, "backup", filepath.Join(dir, fmt.Sprintf("backup-%d", i)))
		if err != nil || r.Code != 0 {
			h.tb.Errorf("backup: %v %v", r, err)
		}
	}
}

// stolen opens the directories as whoever has only them: it is refused, and
// the key files are asked for by name. With the key files they open.
func stolen(t *testing.T, n *proctest.Network, keys string) {
	t.Helper()
	if err := os.Rename(keys, keys+".away"); err != nil {
		t.Fatal(err)
	}
	for _, tier := range n.Tiers {
		for _, command := range []string{"list", "verify", "serve"} {
			args := []string{}
			if command == "list" {
				args = append(args, "person")
			}
			r, err := tier.Run(t.Context(), nil, command, args...)
			if err != nil || r.Code != fault.Denied.ExitCode() || !strings.Contains(r.Err, "the key file "+keys) {
				t.Errorf("%s without its key: %s: %v %v", tier.Unit.Name, command, r, err)
			}
		}
	}
	if err := os.Rename(keys+".away", keys); err != nil {
		t.Fatal(err)
	}
	for _, tier := range n.Tiers {
		tier.MustVerify()
	}
	withoutVault(t, n.City())
}

// withoutVault opens an encrypted directory that has lost its vault.json: no
// other key is made for it.
func withoutVault(t *testing.T, city *proctest.Tier) {
	t.Helper()
	file := city.File("vault.json")
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	r, err := city.Run(t.Context(), nil, "verify")
	if err != nil || r.Code != fault.Denied.ExitCode() || !strings.Contains(r.Err, "vault.json is gone") {
		t.Errorf("without vault.json: %v %v", r, err)
	}
	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}
	city.MustVerify()
}

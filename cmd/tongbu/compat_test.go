package main_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/network"
	"tongbu/internal/change"
	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/internal/sample"
	"tongbu/internal/system"
	"tongbu/internal/test/proctest"
	suites "tongbu/internal/test/report"
	"tongbu/internal/tree"
)

// recordedLimit is for a machine that has ten other things to do: it says that
// nothing comes any more, not how fast it is to come.
const recordedLimit = 3 * time.Minute

const envCompat = "TONGBU_COMPAT" // not empty: build the last release and run it

// lastRelease is the release before this build, or, while nothing is released,
// the commit named in testdata/compat/base.
func lastRelease(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("git", "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*").Output()
	if err != nil {
		return commitNamed(t, "base")
	}
	return strings.TrimSpace(string(out))
}

// commitNamed reads a commit: base, or unreadable, which is one that cannot
// read the files of today.
func commitNamed(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("../../testdata/compat", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(raw))
}

// older builds the program of an earlier commit; nil where the history does
// not reach so far.
func older(t *testing.T, line *suites.Line, base string) *proctest.Program {
	t.Helper()
	dir := t.TempDir()
	archive, source := filepath.Join(dir, "source.tar"), filepath.Join(dir, "source")
	pack := exec.Command("git", "archive", "--format=tar", "-o", archive, base)
	pack.Dir = "../.."
	if out, err := pack.CombinedOutput(); err != nil {
		line.Skip(t, "the history here does not reach to %s: %s", base, strings.TrimSpace(string(out)))
		return nil
	}
	if err := os.Mkdir(source, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("tar", "-xf", archive, "-C", source).CombinedOutput(); err != nil {
		t.Fatalf("unpack %s: %v\n%s", base, err, out)
	}
	p, err := proctest.BuildOlder(t.Context(), source, dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestCompat runs networks of old and new programs in all eight mixtures of
// city, hubs between, and community; then every directory is taken over by the
// new program where it lies; and one of before the files were encrypted refuses
// what it cannot read.
func TestCompat(t *testing.T) {
	if os.Getenv(envCompat) == "" {
		t.Skipf("%s is not set: make compat", envCompat)
	}
	line := suites.Begin(t, "versions")
	base := lastRelease(t)
	line.Figure("base", base)
	before, foreign := older(t, line, base), older(t, line, commitNamed(t, "unreadable"))
	if before == nil || foreign == nil {
		return
	}
	for mixture := range 8 {
		newer := map[tree.Level]bool{tree.City: mixture&1 > 0, tree.District: mixture&2 > 0, tree.Street: mixture&2 > 0, tree.Community: mixture&4 > 0}
		name := fmt.Sprintf("city=%s,street=%s,node=%s", age(newer[tree.City]), age(newer[tree.Street]), age(newer[tree.Community]))
		line.Runs++
		if !t.Run(name, func(t *testing.T) { mixed(t, before, foreign, newer) }) {
			line.Violations++
		}
	}
}

func age(isNew bool) string {
	if isNew {
		return "new"
	}
	return "old"
}

func mixed(t *testing.T, before, foreign *proctest.Program, newer map[tree.Level]bool) {
	n := proctest.FoundMixed(t, proctest.Rows([]int{1}, 2), func(row sample.Row) *proctest.Program {
		level := tree.Level(row.Level)
		if newer[level] && (newer[tree.City] || level == tree.Community) {
			return program(t)
		}
		return before // an older city reads no request of a newer hub: it joins as an old one
	})
	for _, tier := range n.Tiers {
		if newer[tree.Level(tier.Unit.Level)] && tier.Program == before {
			upgrade(t, tier)
		}
	}
	street, node, rival := n.Level(4)[0], n.Level(5)[0], n.Level(5)[1]
	people := proctest.Persons(sample.NewMaker(seed), node.Unit.Code, 300)
	node.MustPut("person", proctest.Lines(people[:150]))
	node.AwaitRecorded(recordedLimit)
	writeAnothers(t, n, rival, idsOf(t, n, node, people[:150], newer[tree.Community]), !newer[tree.Community])
	wantRefused(t, rival, 150, 0)
	wantOnce(t, n.City(), people[:150])
	if newer[tree.City] {
		relaysQuestion(t, n.City(), node, newer[tree.Community])
		holdsBack(t, n.City(), newer)
		if newer[tree.Community] && !newer[tree.Street] {
			withholds(t, n.City(), street, node, people[150:])
		}
	}
	if newer[tree.Street] { // an older program hears of it and keeps what it cannot read
		move(t, n, street)
		proctest.Await(t, recordedLimit, "an older one has a line", func() string {
			if up := rival.MustStatus().Parent; !up.Connected {
				return fmt.Sprintf("%+v", up)
			}
			return ""
		})
	}
	for _, tier := range n.Tiers {
		tier.MustVerify()
	}
	var upgraded []*proctest.Tier
	for _, tier := range n.Tiers { // in place, parents first
		if tier.Program == before {
			upgrade(t, tier)
			upgraded = append(upgraded, tier)
		}
	}
	for _, below := range []*proctest.Tier{node, rival} {
		proctest.Await(t, recordedLimit, "the street is found where it is", func() string {
			if up := below.MustStatus().Parent; !up.Connected || up.Address != street.Listen {
				return fmt.Sprintf("%s: %+v", below.Unit.Name, up)
			}
			return ""
		})
	}
	node.MustPut("person", proctest.Lines(people[150:]))
	node.AwaitRecorded(recordedLimit)
	publishes(t, n.City())
	if newer[tree.City] { // what an older program kept unread, a newer one reads
		for _, tier := range n.Tiers {
			awaitQuestion(t, tier)
		}
	}
	writeAnothers(t, n, rival, idsOf(t, n, node, people[150:], true), false)
	wantRefused(t, rival, 300, 1)
	wantOnce(t, n.City(), people)
	for _, tier := range n.Tiers {
		tier.MustVerify()
	}
	for _, tier := range upgraded {
		refusesNewer(t, foreign, tier)
	}
}

// move has a hub listen for links at another port.
func move(t *testing.T, n *proctest.Network, hub *proctest.Tier) {
	t.Helper()
	file := hub.File(config.File)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before := hub.Listen
	hub.Listen = n.Ports.Next()
	hub.Stop()
	moved := strings.Replace(string(raw), "listen: "+before, "listen: "+hub.Listen, 1)
	if moved == string(raw) {
		t.Fatalf("%s does not name %s", config.File, before)
	}
	if err := os.WriteFile(file, []byte(moved), 0o600); err != nil {
		t.Fatal(err)
	}
	hub.Start()
}

// idsOf are the ids that a community's program, of today or before, gives what it put.
func idsOf(t *testing.T, n *proctest.Network, at *proctest.Tier, people []sample.Record, named bool) (ids []change.RecordID) {
	t.Helper()
	units, err := n.City().Units(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		id := change.RecordID(p.ID)
		if named {
			id = change.NumberedRecordID(units[at.Unit.Code], "person", p.ID)
		}
		ids = append(ids, id)
	}
	return ids
}

// writeAnothers has a community write records of another: with an older program at
// its desk, else behind it.
func writeAnothers(t *testing.T, n *proctest.Network, rival *proctest.Tier, ids []change.RecordID, desk bool) {
	t.Helper()
	if !desk {
		mustAdd(t, n, rival, ids...)
		return
	}
	var lines strings.Builder
	for _, id := range ids {
		fmt.Fprintf(&lines, `{"id":%q,"name":"甲"}`+"\n", id)
	}
	rival.MustPut("person", lines.String())
}

// wantRefused wants so many changes refused, with so many ranges among the words, and
// all covered.
func wantRefused(t *testing.T, rival *proctest.Tier, refused uint64, ranges int) {
	t.Helper()
	rival.AwaitRecorded(recordedLimit)
	proctest.Await(t, recordedLimit, "the city's words", func() string {
		st := rival.MustStatus()
		found := 0
		for _, r := range st.Refusals {
			if r.Rule != "not_the_custodian" {
				return fmt.Sprintf("%+v", r)
			}
			if r.Count > 0 {
				found++
			}
		}
		counted := st.Own.Sent == 0 || st.Own.Refused == refused && st.Own.Covered == st.Own.Recorded+st.Own.Refused // an older program counts nothing
		if !counted || len(st.Refusals) < 100 || found < ranges || found > 0 && ranges == 0 {
			return fmt.Sprintf("%+v, %d refusals, %d of them ranges", st.Own, len(st.Refusals), found)
		}
		return ""
	})
}

// surveyed is what tongbu network says.
func surveyed(t *testing.T, city *proctest.Tier, flags ...string) (s network.Survey) {
	t.Helper()
	if err := json.Unmarshal([]byte(city.MustRun("", "network", append(flags, "--json")...)), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// holdsBack: as long as an older device is in use, a new city publishes nothing that
// it does not read: it gets a word for each change, and receipts as before.
func holdsBack(t *testing.T, city *proctest.Tier, newer map[tree.Level]bool) {
	t.Helper()
	all := newer[tree.Street] && newer[tree.Community]
	proctest.Await(t, recordedLimit, "what the devices read", func() string {
		s := surveyed(t, city)
		if readsAll := s.Read == system.Readable; s.Published != system.Before || readsAll != all {
			return fmt.Sprintf("published %+v, all read %+v; every device is new: %v", s.Published, s.Read, all)
		}
		return ""
	})
	r, err := city.Run(t.Context(), nil, "network", "--receipts", "2", "--words", "2", "--json")
	if !all && (err != nil || fault.Kind(r.Code) != fault.Denied) {
		t.Errorf("published beside older devices: %v, %v", r, err)
	}
}

// withholds: by force the city publishes batches that older hubs do not read. What is
// sealed so waits below them, is said at both ends, and cuts no line.
func withholds(t *testing.T, city, street, node *proctest.Tier, people []sample.Record) {
	t.Helper()
	city.MustRun("", "network", "--batch", fmt.Sprint(system.ColumnBatches), "--force")
	proctest.Await(t, recordedLimit, "a stream waits for an upgrade", func() string {
		if len(people) > 0 { // until the community has heard it, its batches are as before
			node.MustPut("person", proctest.Lines(people[:1]))
			people = people[1:]
		}
		for _, end := range []*proctest.Tier{node, street} {
			if !strings.Contains(end.Log(), "does not read batches of version 3") {
				return end.Unit.Name + ": " + end.Log()
			}
		}
		return ""
	})
	if up := node.MustStatus().Parent; !up.Connected {
		t.Errorf("the line is cut: %+v", up)
	}
}

// relaysQuestion: the city publishes a question; older programs pass it on and keep it
// unread, and a newer node below them asks it.
func relaysQuestion(t *testing.T, city, node *proctest.Tier, newer bool) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pet.yaml")
	question := "kinds:\n  - name: household\n    extends: true\n    fields:\n      - {name: x.pet, label: {zh: 宠物, en: pet}, type: text, index: true}\n"
	if err := os.WriteFile(file, []byte(question), 0o600); err != nil {
		t.Fatal(err)
	}
	city.MustRun("", "schema", "publish", file)
	if !newer {
		return
	}
	awaitQuestion(t, node)
	node.MustRun(`{"own_no":"PET-1","address":"made up lane","x.pet":"cat"}`, "put", "household")
	node.AwaitRecorded(recordedLimit)
	proctest.Await(t, recordedLimit, "the city has the answer", func() string {
		if found := city.MustRun("", "query", "household", "--filter", `x.pet = "cat"`, "--json"); !strings.Contains(found, "PET-1") {
			return found
		}
		return ""
	})
}

func awaitQuestion(t *testing.T, tier *proctest.Tier) {
	t.Helper()
	proctest.Await(t, recordedLimit, "the question is heard", func() string {
		if heard := tier.MustStatus().Schema.Version; heard != 1 {
			return fmt.Sprintf("%s: %d", tier.Unit.Name, heard)
		}
		return ""
	})
}

// publishes: once all are new, the city publishes what they read.
func publishes(t *testing.T, city *proctest.Tier) {
	t.Helper()
	proctest.Await(t, recordedLimit, "all have said what they read", func() string {
		if s := surveyed(t, city); s.Read != system.Readable {
			return fmt.Sprintf("%+v", s)
		}
		return ""
	})
	if s := surveyed(t, city, "--batch", "3", "--receipts", "2", "--words", "2"); s.Published != system.Readable {
		t.Errorf("published: %+v", s.Published)
	}
}

// upgrade serves a directory by the new program.
func upgrade(t *testing.T, tier *proctest.Tier) {
	t.Helper()
	tier.Stop()
	tier.Program = program(t, upgradedDoor(tier)...)
	tier.Start()
}

// upgradedDoor tells an upgraded hub where to renew certificates: the old
// directory does not say, and the port after its web page may be taken here.
// Renewal itself is no part of this: programs older than the door look for it
// elsewhere, and are to be upgraded before their certificates end.
func upgradedDoor(tier *proctest.Tier) []string {
	if tier.Door == "" {
		return nil
	}
	return []string{"TONGBU_DOOR=" + tier.Door}
}

// refusesNewer: a program that cannot read a directory of today says so, and
// leaves it alone; the new one serves it as before.
func refusesNewer(t *testing.T, before *proctest.Program, tier *proctest.Tier) {
	t.Helper()
	tier.Stop()
	held := contents(t, tier.Dir)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := before.Run(ctx, nil, "serve", "--dir", tier.Dir)
	if err != nil || r.Code == 0 || r.Code == fault.Internal.ExitCode() || strings.Contains(r.Err, "panic") || strings.TrimSpace(r.Err) == "" {
		t.Errorf("%s: the old program on a newer directory: %v, %v", tier.Unit.Name, r, err)
	}
	t.Logf("%s: %s", tier.Unit.Name, strings.TrimSpace(r.Err))
	if diff := cmp.Diff(held, contents(t, tier.Dir)); diff != "" {
		t.Errorf("%s: the old program has changed the directory\n%s", tier.Unit.Name, diff)
	}
	tier.Start()
	tier.MustVerify()
}

// contents are the sums of a directory's files.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(filepath.Join(dir, path))
		sums[path] = fmt.Sprintf("%x", sha256.Sum256(raw))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

package main_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/sample"
	"tongbu/internal/test/proctest"
	"tongbu/internal/vault"
)

// page is a document: the blocks of commands of each section.
type page map[string][]string

// mustPage reads the blocks (```sh) of each section of a document.
func mustPage(t *testing.T, name string) page {
	t.Helper()
	return mustBlocks(t, name, func(language string) bool { return language == "sh" })
}

// mustBlocks reads the blocks of the languages wanted.
func mustBlocks(t *testing.T, name string, wanted func(language string) bool) page {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	p, section, block, inside, language := page{}, "", "", false, ""
	for line := range strings.Lines(string(raw)) {
		mark, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch title, heading := strings.CutPrefix(line, "## "); {
		case inside && fence:
			if wanted(language) {
				p[section] = append(p[section], block)
			}
			inside, block = false, ""
		case inside:
			block += line
		case fence:
			inside, language = true, mark
		case heading:
			section = strings.TrimSpace(title)
		}
	}
	if inside {
		t.Fatalf("%s: a block of section %q has no end", name, section)
	}
	return p
}

// follower does what the page says, word by word.
type follower struct {
	*testing.T
	page page
	vars map[string]string         // $NAME in the blocks
	at   map[string]*proctest.Tier // who is stopped and started
}

// follow runs a section's blocks in order; it must have so many.
func (f *follower) follow(section string, blocks int) {
	f.Helper()
	if got := len(f.page[section]); got != blocks {
		f.Fatalf("section %q has %d blocks of commands, want %d", section, got, blocks)
	}
	for _, block := range f.page[section] {
		commands := ""
		for line := range strings.Lines(block) {
			word, name, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "# "), " $")
			switch {
			case !strings.HasPrefix(line, "# "):
				commands += line
				continue
			case f.at[name] == nil || word != "stop" && word != "start":
				f.Fatalf("section %q: nobody can follow %q", section, line)
			}
			f.shell(section, commands)
			commands = ""
			if word == "stop" {
				f.at[name].Stop()
			} else {
				f.at[name].Start()
			}
		}
		f.shell(section, commands)
	}
}

// shell runs commands as an operator's shell does, up to the first that fails.
func (f *follower) shell(section, commands string) {
	f.Helper()
	if commands == "" {
		return
	}
	cmd := exec.CommandContext(f.Context(), "sh", "-eu", "-c", commands)
	cmd.Env = append(plainEnviron(), "PATH="+filepath.Dir(program(f).Path)+string(os.PathListSeparator)+os.Getenv("PATH"))
	for name, value := range f.vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		f.Fatalf("section %q: %v\n%s\n%s", section, err, commands, out)
	}
}

// plainEnviron is this process's environment without what the program would take
// for its configuration.
func plainEnviron() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TONGBU_") })
}

// TestOperations follows the page of the operators on a network of four tiers
// and looks whether it comes out as the page says.
func TestOperations(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell here")
	}
	n := proctest.Found(t, program(t, quick, "TONGBU_HEARTBEAT=300ms"), proctest.Rows([]int{1}, 1))
	city, street, node := n.City(), n.Level(4)[0], n.Level(5)[0]
	f := &follower{T: t, page: mustPage(t, "docs/operations.md"), vars: map[string]string{"CITY": city.Dir, "DIR": node.Dir, "MEDIA": t.TempDir(), "KEY": vault.SecretFiles(city.Dir, vault.Options{Keys: n.Program.Keys()})[0],
		"UNIT": node.Unit.Code, "HUB": street.Web}, at: map[string]*proctest.Tier{"CITY": city, "DIR": node}}
	people := proctest.Persons(sample.NewMaker(seed), node.Unit.Code, 60)
	put := func(from, to int) { node.MustPut("person", proctest.Lines(people[from:to])) }

	put(0, 10)
	node.AwaitRecorded(healLimit)
	followed := []string{"A directory was cloned", "A site with no line", "Backup", "Restore", "Rules from a day on", "The city is restored"}
	if diff := cmp.Diff(followed, slices.Sorted(maps.Keys(f.page))); diff != "" {
		t.Errorf("sections with commands that nobody follows:\n%s", diff)
	}
	f.follow("Rules from a day on", 1)
	f.follow("Backup", 2)

	put(10, 20)
	node.AwaitRecorded(healLimit)
	before := node.MustStatus()
	f.follow("The city is restored", 1)
	h := &harmed{T: t, Network: n, community: node}
	h.awaitEpoch(before.Epoch)
	node.AwaitRecorded(healLimit)
	wantOnce(t, city, people[:20])

	node.MustRun("", "backup", filepath.Join(f.vars["MEDIA"], "device.backup"))
	put(20, 30)
	node.AwaitRecorded(healLimit)
	f.follow("Restore", 1)
	awaitListed(t, node, people[:30])
	if st := node.MustStatus(); st.Incarnation <= before.Incarnation || st.Device != before.Device {
		t.Errorf("restored as %s, incarnation %d; was %s, %d", st.Device, st.Incarnation, before.Device, before.Incarnation)
	}
	node.AwaitRecorded(healLimit)
	proctest.Await(t, healLimit, "the node has the city's rules", func() string {
		if packs, tables := node.MustRun("", "list", "rule_pack"), node.MustRun("", "list", "holiday_table"); !strings.Contains(packs, "one_employed_days") || !strings.Contains(tables, "2026-10-10") {
			return packs + tables
		}
		return ""
	})

	f.cloned(n, people[30:50])
	f.noLine(n, people[50:60])
	wantOnce(t, city, people)
	for _, tier := range n.Tiers {
		tier.MustVerify()
	}
}

// cloned: two computers go on with one directory; the second gets its own name.
func (f *follower) cloned(n *proctest.Network, people []sample.Record) {
	f.Helper()
	node := f.at["DIR"]
	node.Stop()
	clone := n.Add(node.Unit)
	replace(f.T, node.Dir, clone.Dir)
	for i, tier := range []*proctest.Tier{node, clone} {
		tier.MustPut("person", proctest.Lines(people[i*10:i*10+10]))
		tier.Start()
		tier.AwaitRecorded(healLimit)
	}
	f.at["DIR"], f.vars["DIR"] = clone, clone.Dir
	f.follow("A directory was cloned", 1)
	f.at["DIR"], f.vars["DIR"] = node, node.Dir
	one, two := node.MustStatus(), clone.MustStatus()
	if one.Device == two.Device {
		f.Errorf("both computers are device %s", one.Device)
	}
	awaitListed(f.T, clone, people)
}

// noLine: the site's process is not running, so that nothing goes by itself.
func (f *follower) noLine(n *proctest.Network, people []sample.Record) {
	f.Helper()
	node := f.at["DIR"]
	node.Stop()
	node.MustPut("person", proctest.Lines(people))
	if st := node.MustStatus(); st.Own.AtCity == st.Own.Head {
		f.Errorf("recorded before anything was carried: %+v", st.Own)
	}
	f.follow("A site with no line", 3)
	if st := node.MustStatus(); st.Own.AtCity != st.Own.Head {
		f.Errorf("after the stick came back: %+v, want all at the city", st.Own)
	}
	node.Start()
}

package main_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/test/proctest"
)

// TestClerk follows the clerk's page, docs/zh/clerk.md, through a day: with the
// line, with a second workstation, without the line, with a stick.
func TestClerk(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell here")
	}
	n := proctest.Found(t, program(t, quick, "TONGBU_HEARTBEAT=300ms"), proctest.Rows([]int{1}, 2))
	node := n.Level(5)[0]
	c := &counter{Network: n, node: node, follower: &follower{T: t, page: mustPage(t, "docs/zh/clerk.md"), at: map[string]*proctest.Tier{},
		vars: map[string]string{"DIR": node.Dir, "MEDIA": t.TempDir(), "TONGBU_LANG": "zh", "LC_ALL": "C.UTF-8"}}}
	done := []string{"Excel 表", "U盘带回来", "两处改得不同", "发生了一件事", "台帐", "市里退回的", "待核对的", "找人", "改正", "早上", "用U盘送", "登记一户", "线路断了"}
	if diff := cmp.Diff(slices.Sorted(slices.Values(done)), slices.Sorted(maps.Keys(c.page))); diff != "" {
		t.Errorf("sections with commands that nobody follows:\n%s", diff)
	}
	c.morning()
	c.sheets()
	c.twoDesks()
	c.refused()
	c.stick()
	node.MustVerify()
}

// counter is who follows the page at a node.
type counter struct {
	*follower
	*proctest.Network
	node *proctest.Tier
}

// morning: a household, what happens to its members, and a correction.
func (c *counter) morning() {
	c.Helper()
	c.follow("早上", 1)
	c.follow("登记一户", 2)
	c.follow("发生了一件事", 1)
	c.has("the loss of work", `"status": "9"`, "get", "person", "P-1")
	c.has("the person by the ID number", `"own_no":"P-1"`, "search", "420202197405060022")
	c.node.AwaitRecorded(healLimit)
	c.follow("找人", 2)
	c.follow("改正", 2)
	c.has("the correction", `"address": "钟楼里 5 号"`, "get", "household", "H-1")
	c.has("what is void", `"own_no":"P-2"`, "list", "person", "--filter", `valid = "0"`)
	c.follow("待核对的", 1)
}

// sheets: one row of the form that came back is right and one is wrong.
func (c *counter) sheets() {
	c.Helper()
	raw, err := bookOf(bookSheet{name: "人员", csv: "自编号,家庭,姓名,性别,出生日期\nP-3,H-1,张小强,男,2001-02-03\nP-4,H-1,张小芳,女,2003-13-03\n"})
	if err == nil {
		err = os.WriteFile(c.file("填好.xlsx"), raw, 0o600)
	}
	if err != nil {
		c.Fatal(err)
	}
	c.follow("Excel 表", 3)
	c.has("the right row", `"own_no":"P-3"`, "list", "person")
	c.follow("台帐", 1)
	c.has("the ledger", "张桂英", "list", "ledger_unemployed")
	for _, name := range []string{"空表.xlsx", "核对.xlsx", "退回.xlsx", "各户.xlsx", "台帐1.xlsx", "一月底.xlsx"} {
		if _, err := os.Stat(c.file(name)); err != nil {
			c.Error(err)
		}
	}
	if r, err := c.node.Run(c.Context(), nil, "get", "person", "P-4"); err != nil || r.Code != 3 {
		c.Errorf("the wrong row: %v %v, want nothing written", r, err)
	}
}

// twoDesks: a second workstation of the unit writes the same field.
func (c *counter) twoDesks() {
	c.Helper()
	second := c.Add(c.node.Unit)
	c.Join(second)
	second.Start()
	proctest.Await(c.T, healLimit, "household at the second workstation", func() string {
		if r, err := second.Run(c.Context(), nil, "get", "household", "H-1"); err != nil || !strings.Contains(r.Out, "5 号") {
			return fmt.Sprint(r, err)
		}
		return ""
	})
	read := second.MustRun("", "get", "household", "H-1")
	second.Stop()
	for tier, phone := range map[*proctest.Tier]string{c.node: "0714-6222444", second: "0714-6222555"} {
		tier.MustRun(strings.ReplaceAll(read, "0714-6222333", phone), "put", "household")
	}
	second.Start()
	c.awaitConflicts(1)
	var listed struct{ Version string }
	if err := json.Unmarshal([]byte(c.node.MustRun("", "conflicts")), &listed); err != nil {
		c.Fatal(err)
	}
	c.vars["VERSION"] = listed.Version
	c.follow("两处改得不同", 2)
	c.awaitConflicts(0)
	second.AwaitRecorded(healLimit)
	second.Stop()
}

func (c *counter) awaitConflicts(want uint64) {
	c.Helper()
	proctest.Await(c.T, healLimit, fmt.Sprint(want, " conflicts"), func() string {
		if st, err := c.node.Status(c.Context()); err != nil || uint64(st.Conflicts) != want {
			return fmt.Sprintf("%d conflicts, %v", st.Conflicts, err)
		}
		return ""
	})
}

// refused: another community holds the record.
func (c *counter) refused() {
	c.Helper()
	other := c.Level(5)[1]
	mustPutBefore(c.T, c.Network, other, "p-1")
	other.AwaitRecorded(healLimit)
	mustPutBefore(c.T, c.Network, c.node, "p-1")
	proctest.Await(c.T, healLimit, "the refusal", func() string {
		if st, err := c.node.Status(c.Context()); err != nil || len(st.Refusals) != 1 {
			return fmt.Sprintf("%+v, %v", st.Refusals, err)
		}
		return ""
	})
	c.follow("市里退回的", 1)
	c.has("the refused record", `.p-1","unit"`, "list", "person", "--filter", "refused = true")
}

// stick: no hub is there, and the words rise by what is carried.
func (c *counter) stick() {
	c.Helper()
	for _, tier := range []*proctest.Tier{c.Level(4)[0], c.Level(3)[0], c.City()} {
		tier.Stop()
	}
	c.follow("线路断了", 1)
	c.has("the word without a line", `"state": "saved"`, "get", "household", "H-2")
	c.follow("用U盘送", 1)
	carry := func(args ...string) {
		if r, err := c.Program.Run(c.Context(), nil, append([]string{"carry"}, args...)...); err != nil || r.Code != 0 {
			c.Fatalf("carry %q: %v %v", args, r, err)
		}
	}
	carry("in", "--dir", c.City().Dir, c.file("up.carry"))
	carry("out", "--dir", c.City().Dir, "--for", c.node.Unit.Code, c.file("down.carry"))
	c.follow("U盘带回来", 1)
	c.has("the word after the stick came back", `"state": "recorded"`, "get", "household", "H-2")
}

// has wants a text in the answer of a command.
func (c *counter) has(what, want, command string, args ...string) {
	c.Helper()
	if got := c.node.MustRun("", command, args...); !strings.Contains(got, want) {
		c.Errorf("%s: %q is not in\n%s", what, want, got)
	}
}

// file is a file on the stick.
func (c *counter) file(name string) string { return filepath.Join(c.vars["MEDIA"], name) }

package main_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// inChinese are the documents that there are in Chinese too, with the Chinese
// heading of each section.
var inChinese = map[string]map[string]string{
	"README.md": {
		"See it run":        "先看一遍",
		"Install":           "安装",
		"Commands":          "命令",
		"The clerk's pages": "协理员的网页",
		"Run its tests":     "运行测试",
		"By hand":           "一步一步来",
		"What it promises":  "保证什么",
		"Figures":           "数字",
		"Where things are":  "东西在哪里",
	},
	"docs/reports.md": {
		"Make one":                       "做报表",
		"Take it elsewhere":              "拿到别处",
		"Count it again":                 "重新核对",
		"What has moved it":              "什么变动了它",
		"When a recount ends in history": "核对结果是 history 时",
	},
	"docs/operations.md": {
		"Install":                         "安装",
		"The first city":                  "第一个市",
		"A new street in ten minutes":     "十分钟加一个街道",
		"Service":                         "服务",
		"What is in a directory":          "目录里有什么",
		"Configuration":                   "配置",
		"Day to day":                      "每天",
		"How things stand":                "情况如何",
		"Monitoring":                      "监控",
		"Log lines":                       "日志里的话",
		"Entering and correcting records": "登记和改正",
		"Ledgers and registers":           "台帐和登记簿",
		"Excel and CSV":                   "Excel 和 CSV",
		"Searching at a node":             "在节点上查找",
		"Persons for a vacancy, vacancies for a person": "给岗位找人，给人找岗位",
		"People at a workstation":                       "工作站的人",
		"Pages at a workstation":                        "工作站的网页",
		"Adding to the records":                         "给表格加栏",
		"Rules from a day on":                           "从某日起的规则",
		"Asking":                                        "查询",
		"Programs that ask":                             "给程序授权",
		"The key of a directory":                        "目录的密钥",
		"A key is lost":                                 "密钥丢了",
		"Upgrading":                                     "升级",
		"Another machine":                               "换一台机器",
		"A hub moves":                                   "中继站搬了地方",
		"Units change":                                  "区划变更",
		"A station that serves two communities":         "一台电脑管两个社区",
		"A clock is wrong":                              "时钟不准",
		"When something breaks":                         "出了问题",
		"Nightly verify and backup":                     "每夜核查和备份",
		"Cutting a node's journal":                      "裁剪节点的日志库",
		"Backup":                                        "备份",
		"Restore":                                       "恢复",
		"The city is restored":                          "市恢复了",
		"A directory was cloned":                        "目录被复制了",
		"A site with no line":                           "没有线路的地方",
		"Exit codes":                                    "退出码",
	},
}

// TestChineseDocuments: a section has the same commands and settings in both
// languages; only words and comments differ.
func TestChineseDocuments(t *testing.T) {
	for name, headings := range inChinese {
		chinese := "docs/zh/" + filepath.Base(name)
		titles, ours, theirs := mustTitles(t, name), mustBlocks(t, name, isShared), mustBlocks(t, chinese, isShared)
		delete(ours, "") // a picture, which has words
		delete(theirs, "")
		compared := 0
		for title, blocks := range ours {
			other := headings[title]
			if diff := cmp.Diff(commandsOf(blocks), commandsOf(theirs[other])); diff != "" {
				t.Errorf("%s, section %q, and %s, section %q:\n%s", name, title, chinese, other, diff)
			}
			compared += len(blocks)
			delete(theirs, other)
		}
		if compared < 3 {
			t.Errorf("%s has only %d blocks", name, compared)
		}
		if len(theirs) > 0 {
			t.Errorf("%s: sections with commands that %s does not have: %q", chinese, name, slices.Sorted(maps.Keys(theirs)))
		}
		if diff := cmp.Diff(spansOf(t, name), spansOf(t, chinese)); diff != "" {
			t.Errorf("commands in the text of %s and %s:\n%s", name, chinese, diff)
		}
		var want []string
		for _, title := range titles {
			want = append(want, headings[title])
		}
		if diff := cmp.Diff(want, mustTitles(t, chinese)); diff != "" {
			t.Errorf("sections of %s and %s:\n%s", name, chinese, diff)
		}
	}
}

// mustRead is the text of a document.
func mustRead(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

var (
	fenced = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	span   = regexp.MustCompile("`(tongbu [^`]+)`")
)

// spansOf are the commands within the text of a document, each once.
func spansOf(t *testing.T, name string) []string {
	t.Helper()
	text := strings.Join(strings.Fields(fenced.ReplaceAllString(mustRead(t, name), "")), " ")
	found := map[string]bool{}
	for _, s := range span.FindAllStringSubmatch(text, -1) {
		found[s[1]] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// isShared: what is typed or configured.
func isShared(language string) bool { return slices.Contains([]string{"", "sh", "yaml"}, language) }

// mustTitles are the sections of a document.
func mustTitles(t *testing.T, name string) (titles []string) {
	t.Helper()
	for _, found := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch(mustRead(t, name), -1) {
		titles = append(titles, found[1])
	}
	return titles
}

// remark is a comment of a shell or of YAML, at a line's begin or behind spaces.
var remark = regexp.MustCompile(`(^|\s{2,})#\s.*$`)

// commandsOf are blocks without comments. Those that say when to stop and to start
// are kept: they are followed.
func commandsOf(blocks []string) (lines [][]string) {
	for _, block := range blocks {
		var kept []string
		for line := range strings.Lines(block) {
			line = strings.TrimRight(line, " \n")
			if !strings.HasPrefix(line, "# stop $") && !strings.HasPrefix(line, "# start $") {
				line = remark.ReplaceAllString(line, "")
			}
			if line != "" {
				kept = append(kept, line)
			}
		}
		lines = append(lines, kept)
	}
	return lines
}

// TestCommandsOf: comments are left out, commands and instructions are not.
func TestCommandsOf(t *testing.T) {
	got := commandsOf([]string{"# a word\nrun a   # why\n\n# stop $DIR\nprintf '#1'\n"})
	if diff := cmp.Diff([][]string{{"run a", "# stop $DIR", "printf '#1'"}}, got); diff != "" {
		t.Error(diff)
	}
}

// TestChineseLinks: what the Chinese pages link to is there.
func TestChineseLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]*)(#[^)]*)?\)`)
	checked := 0
	for _, name := range []string{"README.md", "operations.md", "clerk.md"} {
		titles := mustTitles(t, "docs/zh/"+name)
		for _, found := range link.FindAllStringSubmatch(mustRead(t, "docs/zh/"+name), -1) {
			checked++
			file, place := found[1], strings.TrimPrefix(found[2], "#")
			if file != "" {
				if _, err := os.Stat(filepath.Join("..", "..", "docs", "zh", filepath.FromSlash(file))); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			} else if !slices.ContainsFunc(titles, func(title string) bool {
				return place == strings.ReplaceAll(strings.ToLower(title), " ", "-")
			}) {
				t.Errorf("%s has no section #%s", name, place)
			}
		}
	}
	if checked < 60 {
		t.Errorf("only %d links were found", checked)
	}
}

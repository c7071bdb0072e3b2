package arch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// sleeper is a file that waits for time alone; its call is put together here, so
// that whoever searches the tests for such calls finds none.
const (
	forbidden = "Sleep"
	sleeper   = "import \"time\"\nfunc f() { time." + forbidden + "(1) }"
)

// TestRules shows that every rule can fail, and on what.
func TestRules(t *testing.T) {
	tests := []struct {
		name  string
		rule  string
		files map[string]string // a line "package x" is put before each
		want  []string
	}{
		{
			name: "floors",
			rule: "floors",
			files: map[string]string{
				"internal/members/a.go":  `import _ "tongbu/syncer"`,
				"syncer/link/a.go":       `import _ "tongbu/node/replica"`,
				"node/web/a.go":          `import _ "tongbu/hub/query"`,
				"hub/a.go":               `import _ "tongbu/node/desk"`,
				"hub/a_test.go":          `import _ "tongbu/cmd/tongbu"`,
				"internal/test/kit/a.go": `import _ "tongbu/hub"`,
			},
			want: []string{
				"internal/members/a.go: internal/members is on the ground floor, below syncer on the replication floor",
				"node/web/a.go: node/web is on the directory floor, below hub/query on the hub floor",
				"syncer/link/a.go: syncer/link is on the replication floor, below node/replica on the directory floor",
			},
		},
		{
			name: "embedding",
			rule: "embedding",
			files: map[string]string{
				"hub/web/a.go":      "import \"tongbu/node/replica\"\ntype page struct { *replica.Replica; n int }",
				"hub/web/b.go":      "import \"tongbu/node/replica\"\ntype page struct { at *replica.Replica }",
				"node/replica/a.go": "type state struct{ *Replica }",
				"node/desk/a.go":    "type state struct{ *Replica }",
			},
			want: []string{
				"hub/web/a.go:3: a type embeds node/replica.Replica; hold it in a field",
				"node/replica/a.go:2: a type embeds node/replica.Replica; hold it in a field",
			},
		},
		{
			name: "methods",
			rule: "methods",
			files: map[string]string{
				"node/desk/a.go": "type Desk struct{}\n" + methods("Desk", maxMethods),
				"node/desk/b.go": "func (d *Desk) One() {}",
				"hub/a.go":       "type Hub struct{}\n" + methods("Hub", maxMethods),
				"hub/b.go":       "func (h *Hub) one() {}",
			},
			want: []string{"node/desk.Desk has 41 exported methods, more than 40"},
		},
		{
			name:  "imports point down",
			rule:  "directions",
			files: map[string]string{"internal/merge/a.go": `import _ "tongbu/internal/journal"`},
			want:  []string{"internal/merge/a.go: internal/merge may not import internal/journal"},
		},
		{
			name:  "only the syncer knows the wire",
			rule:  "directions",
			files: map[string]string{"hub/query/a.go": `import _ "tongbu/proto/tongbu/v1"`},
			want:  []string{"hub/query/a.go: hub/query may not import proto/tongbu/v1"},
		},
		{
			name:  "a package nobody decided on",
			rule:  "directions",
			files: map[string]string{"internal/util/a.go": ""},
			want:  []string{"internal/util/a.go: package internal/util has no row in the table of directions"},
		},
		{
			name: "down is allowed, and tests import what they test with",
			rule: "directions",
			files: map[string]string{
				"internal/merge/a.go":      `import _ "tongbu/internal/change"`,
				"internal/merge/a_test.go": `import _ "tongbu/internal/test/sim"`,
				"syncer/wire/a.go":         `import _ "tongbu/proto/tongbu/v1"`,
			},
		},
		{
			name: "a way around",
			rule: "separate",
			files: map[string]string{
				"hub/relay/a.go":        `import _ "tongbu/internal/records"`,
				"internal/records/a.go": `import _ "tongbu/internal/merge"`,
			},
			want: []string{"hub/relay -> internal/records -> internal/merge: a relay passes batches on and never looks into them"},
		},
		{
			name:  "a circle ends",
			rule:  "separate",
			files: map[string]string{"hub/a.go": `import _ "tongbu/hub/query"`, "hub/query/a.go": `import _ "tongbu/hub"`},
		},
		{
			name:  "a library away from home, in a test too",
			rule:  "homes",
			files: map[string]string{"node/a_test.go": `import _ "go.etcd.io/bbolt"`},
			want:  []string{"node/a_test.go: go.etcd.io/bbolt is at home in internal/journal only"},
		},
		{
			name:  "a later major version is the same library",
			rule:  "homes",
			files: map[string]string{"node/a.go": `import _ "github.com/goccy/go-yaml/ast"`},
			want:  []string{"node/a.go: github.com/goccy/go-yaml is at home in internal/schema, internal/config, internal/facts, internal/mapping, internal/rulepack, internal/words only"},
		},
		{
			name:  "a library nobody decided on",
			rule:  "homes",
			files: map[string]string{"node/a.go": `import _ "example.org/pad"`},
			want:  []string{"node/a.go: example.org/pad has no row in the table of homes"},
		},
		{
			name:  "a library for tests in the program",
			rule:  "homes",
			files: map[string]string{"node/a.go": `import _ "pgregory.net/rapid"`, "node/a_test.go": `import _ "pgregory.net/rapid"`},
			want:  []string{"node/a.go: pgregory.net/rapid is for tests only"},
		},
		{
			name:  "libraries at home",
			rule:  "homes",
			files: map[string]string{"syncer/serve/a.go": `import _ "google.golang.org/grpc/codes"`, "internal/change/a.go": `import _ "github.com/fxamacker/cbor/v2"`},
		},
		{
			name: "a requirement nobody decided on",
			rule: "requires",
			files: map[string]string{"go.mod": "module tongbu\n\nrequire example.org/one v1.0.0\n\nrequire (\n" +
				"\texample.org/two v1.0.0\n\texample.org/three v1.0.0 // indirect\n\tgo.etcd.io/bbolt v1.5.0\n)\n"},
			want: []string{
				"go.mod: example.org/one has no row in the table of homes",
				"go.mod: example.org/two has no row in the table of homes",
			},
		},
		{
			name: "test code in the program",
			rule: "test-code",
			files: map[string]string{
				"hub/a.go":               `import _ "tongbu/internal/test/kit"`,
				"hub/b.go":               `import _ "testing"`,
				"hub/view/sqlite/a.go":   `import _ "tongbu/hub/view/viewtest"`,
				"hub/view/viewtest/a.go": `import _ "testing"`,
				"hub/a_test.go":          `import _ "tongbu/internal/test/sim"`,
				"node/a.go":              "func f(n *Node) { n.People.SetCost(8, 1) }",
				"node/a_test.go":         "func g(n *Node) { n.People.SetCost(8, 1) }",
			},
			want: []string{
				"hub/a.go: production code may not import tongbu/internal/test/kit",
				"hub/b.go: production code may not import testing",
				"hub/view/sqlite/a.go: production code may not import tongbu/hub/view/viewtest",
				"node/a.go:2: SetCost is for tests",
			},
		},
		{
			name: "files, sockets and stores in a pure package",
			rule: "pure",
			files: map[string]string{
				"internal/tree/a.go":      "import _ \"os\"\nimport _ \"net/http\"",
				"internal/filter/a.go":    "import _ \"tongbu/internal/schema\"\nimport _ \"tongbu/internal/journal\"",
				"internal/tree/a_test.go": `import _ "os"`,
				"internal/journal/a.go":   `import _ "os"`,
			},
			want: []string{
				"internal/filter/a.go: a pure package imports pure packages, and internal/journal is none",
				"internal/tree/a.go: a pure package may not import os",
				"internal/tree/a.go: a pure package may not import net/http",
			},
		},
		{
			name: "clocks and goroutines in a pure package",
			rule: "pure",
			files: map[string]string{
				"internal/system/a.go": "import \"time\"\nvar now = time.Now\nfunc age(t time.Time) time.Duration { return time.Since(t) }",
				"syncer/a.go":          "import clock \"time\"\nfunc f() { go f(); <-clock.After(1) }",
				"syncer/b.go":          `import . "time"`,
				"syncer/link/a.go":     "import \"time\"\nfunc f() { go f(); <-time.After(1) }",
				"internal/merge/a.go":  "import \"time\"\nvar zero time.Time",
			},
			want: []string{
				"internal/system/a.go:3: time.Now is not allowed here",
				"internal/system/a.go:4: time.Since is not allowed here",
				"syncer/a.go:3: time.After is not allowed here",
				"syncer/a.go:3: a pure package starts no goroutine",
				"syncer/b.go: package time may not be imported with a dot",
			},
		},
		{
			name: "sleeping tests",
			rule: "sleep",
			files: map[string]string{
				"node/a_test.go":         sleeper,
				"internal/test/kit/a.go": sleeper,
				"node/a.go":              sleeper,
			},
			want: []string{
				"internal/test/kit/a.go:3: time." + forbidden + " is not allowed here",
				"node/a_test.go:3: time." + forbidden + " is not allowed here",
			},
		},
		{
			name:  "no package comment",
			rule:  "comments",
			files: map[string]string{"node/a.go": "", "hub/a_test.go": "", "tools/go.mod": "", "tools/a.go": "", "node/testdata/a.go": ""},
			want:  []string{`node: no file has a package comment ("// Package ...", "// Command ...")`},
		},
		{
			name:  "a package comment in one file",
			rule:  "comments",
			files: map[string]string{"node/a.go": "", "node/doc.go": "// Package x is one community."},
		},
		{
			name: "long files",
			rule: "length",
			files: map[string]string{
				"node/a.go": strings.Repeat("\n", maxLines),
				"node/b.go": strings.Repeat("\n", maxLines-1),
				"proto/tongbu/v1/a.pb.go": "// Code generated by protoc-gen-go. DO NOT EDIT.\n" +
					strings.Repeat("\n", maxLines),
			},
			want: []string{"node/a.go: 601 lines, more than 600; split it by what it is about"},
		},
	}
	failed := make(map[string]bool)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			failed[test.rule] = failed[test.rule] || len(test.want) > 0
			got := run(t, test.rule, test.files)
			if !slices.Equal(got, test.want) {
				t.Errorf("rule %s\nwant %q\ngot  %q", test.rule, test.want, got)
			}
		})
	}
	for _, rule := range rules {
		if !failed[rule.name] {
			t.Errorf("no case shows that rule %s can fail", rule.name)
		}
	}
}

// methods is so many exported methods of a type.
func methods(name string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "func (x *%s) M%d() {}\n", name, i)
	}
	return b.String()
}

// run applies one rule to a module made of the files.
func run(t *testing.T, name string, files map[string]string) []string {
	t.Helper()
	m, err := load(synthetic(files))
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules {
		if rule.name == name {
			return rule.check(m)
		}
	}
	t.Fatalf("no rule %q", name)
	return nil
}

// synthetic makes a file tree. A comment stays above the package clause, code
// goes below it.
func synthetic(files map[string]string) fstest.MapFS {
	tree := fstest.MapFS{}
	for name, text := range files {
		switch {
		case !strings.HasSuffix(name, ".go"):
		case strings.HasPrefix(text, "//"):
			comment, rest, _ := strings.Cut(text, "\n")
			text = comment + "\npackage x\n" + rest
		default:
			text = "package x\n" + text
		}
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}

func TestUnparsable(t *testing.T) {
	if _, err := load(synthetic(map[string]string{"node/a.go": "func {"})); err == nil {
		t.Error("want an error for a file that is no Go, got none")
	}
}

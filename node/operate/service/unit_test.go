package service_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/fault"
	"tongbu/node/operate/service"
)

var update = flag.Bool("update", false, "write the units of testdata again")

var specs = map[string]service.Spec{
	"usual":   {Name: "tongbu-city", Dir: "/var/lib/tongbu/city", Program: "/usr/bin/tongbu", User: "tongbu", Keys: []string{"/etc/tongbu/keys/1.key"}, Writable: []string{"/srv/backup"}},
	"home":    {Name: "tongbu-node", Dir: "/home/li/node", Program: "/home/li/bin/tongbu", User: "li", Keys: []string{"/home/li/.config/tongbu/keys/1.key"}},
	"root":    {Name: "tongbu-city", Dir: "/srv/city", Program: "/usr/local/bin/tongbu", LowPorts: true},
	"strange": {Name: "tongbu-1", Dir: `/srv/a "b" \c $D 100% 黄石`, Program: `/opt/$X %n/tongbu`, User: "1001"},
}

func TestUnit(t *testing.T) {
	for name, s := range specs {
		t.Run(name, func(t *testing.T) {
			if err := s.Validate(); err != nil {
				t.Fatal(err)
			}
			path, got := filepath.Join("testdata", name+".service"), service.Unit(s)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestUnitExposure: systemd reads each unit, and finds little that the process could do.
func TestUnitExposure(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd is not here")
	}
	for name, limit := range map[string]string{"usual": "14", "home": "16", "root": "26", "strange": "14"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), specs[name].Name+".service")
			if err := os.WriteFile(path, []byte(service.Unit(specs[name])), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), analyze, "security", "--no-pager", "--offline=true", "--threshold="+limit, path).CombinedOutput()
			if err != nil || strings.Contains(string(out), "ignoring") {
				t.Errorf("%v\n%s", err, out)
			}
			if lines := strings.Split(strings.TrimSpace(string(out)), "\n"); testing.Verbose() {
				t.Log(lines[len(lines)-1])
			}
		})
	}
}

func TestNameOf(t *testing.T) {
	for dir, want := range map[string]string{
		"/var/lib/tongbu/city": "tongbu-city",
		"/srv/street-7.new":    "tongbu-street-7.new",
		"/srv/黄石":              "tongbu-", // and a digest
		"/srv/a b":             "tongbu-",
		"/":                    "tongbu-",
	} {
		got := service.NameOf(dir)
		if got != want && (want != "tongbu-" || len(got) != len(want)+8) {
			t.Errorf("%s: got %s", dir, got)
		}
		if s := (service.Spec{Name: got, Dir: dir, Program: "/t"}); s.Validate() != nil {
			t.Errorf("%s: %v", dir, s.Validate())
		}
	}
	if service.NameOf("/srv/黄石") == service.NameOf("/srv/大冶") {
		t.Error("two directories have one name")
	}
}

func TestValidate(t *testing.T) {
	for name, s := range map[string]service.Spec{
		"no name":              {Dir: "/a", Program: "/b"},
		"a name with a space":  {Name: "a b", Dir: "/a", Program: "/b"},
		"a name as a path":     {Name: "../a", Dir: "/a", Program: "/b"},
		"a name of dots":       {Name: "..", Dir: "/a", Program: "/b"},
		"a long name":          {Name: strings.Repeat("a", 65), Dir: "/a", Program: "/b"},
		"a place from here on": {Name: "a", Dir: "a", Program: "/b"},
		"a second line":        {Name: "a", Dir: "/a\nUser=root", Program: "/b"},
		"a template":           {Name: "a", Dir: "/a{{Path}}", Program: "/b"},
		"a program from here":  {Name: "a", Dir: "/a", Program: "b"},
		"a writable one":       {Name: "a", Dir: "/a", Program: "/b", Writable: []string{"c"}},
		"a second line, key":   {Name: "a", Dir: "/a", Program: "/b", Keys: []string{"/k\n"}},
	} {
		err := s.Validate()
		if fault.Of(err) != fault.Invalid || fault.Hint(err) == "" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

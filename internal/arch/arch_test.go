package arch_test

import (
	"os"
	"strings"
	"testing"
)

// rules are all checks, each a function from a module to what is wrong in it.
var rules = []struct {
	name  string
	check func(*module) []string
}{
	{"floors", checkFloors},
	{"directions", checkDirections},
	{"separate", checkSeparate},
	{"homes", checkHomes},
	{"requires", checkRequires},
	{"test-code", checkTestCode},
	{"pure", checkPure},
	{"sleep", checkSleep},
	{"embedding", checkEmbedding},
	{"methods", checkMethods},
	{"comments", checkComments},
	{"length", checkLength},
}

const root = "../.."

func TestModule(t *testing.T) {
	m, err := load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.files) == 0 || m.gomod == "" {
		t.Fatalf("read %d Go files and %d bytes of go.mod", len(m.files), len(m.gomod))
	}
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			for _, message := range rule.check(m) {
				t.Error(message)
			}
		})
	}
}

// TestDepguard keeps the second table from being forgotten.
func TestDepguard(t *testing.T) {
	config, err := os.ReadFile(root + "/.golangci.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range homes {
		if !strings.Contains(string(config), "pkg: "+h.lib+",") {
			t.Errorf(".golangci.yml: depguard has no rule for %s", h.lib)
		}
	}
	for _, dir := range pure {
		if !strings.Contains(string(config), "/"+dir+"/*.go\"") {
			t.Errorf(".golangci.yml: depguard does not list %s as pure", dir)
		}
	}
}

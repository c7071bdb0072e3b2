package main

import (
	"os/exec"
	"testing"
)

func TestVersionOf(t *testing.T) {
	for described, want := range map[string]string{
		"v1.2.0-0-g0123456789ab":           "1.2.0",
		"v1.2.0-14-g0123456789ab":          "1.2.0+14.g0123456789ab",
		"v1.3.0-rc1-0-g0123456789ab":       "1.3.0-rc1",
		"v1.2.0-0-g0123456789ab-dirty":     "1.2.0+0.g0123456789ab.dirty",
		"v1.3.0-rc1-2-g0123456789ab-dirty": "1.3.0-rc1+2.g0123456789ab.dirty",
		"release-0-g0123456789ab":          "",
		"v1.2.0":                           "",
	} {
		got, err := versionOf(described)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v", described, got, err)
		}
	}
}

// TestDebianOrder: dpkg takes each version for later than the one before.
func TestDebianOrder(t *testing.T) {
	dpkg, err := exec.LookPath("dpkg")
	if err != nil {
		t.Skip("no dpkg here")
	}
	versions := []string{"0.0.0+1207.g0123456789ab", "1.2.0-rc1", "1.2.0-rc1+2.gfff", "1.2.0-rc2", "1.2.0", "1.2.0+0.gfff.dirty", "1.2.0+9.gfff", "1.2.0+14.g000", "1.2.1"}
	for i := range versions[1:] {
		a, b := debianVersion(versions[i]), debianVersion(versions[i+1])
		if err := exec.CommandContext(t.Context(), dpkg, "--compare-versions", a, "lt", b).Run(); err != nil {
			t.Errorf("%s is not before %s", a, b)
		}
	}
}

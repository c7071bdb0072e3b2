package webtest

import (
	"net/http"
	"strings"
	"testing"
)

// Want wants a page to say some texts and others not.
func Want(t testing.TB, got Answer, says []string, not ...string) {
	t.Helper()
	if got.Code != http.StatusOK {
		t.Fatalf("%s: status %d: %.300s", got.Path, got.Code, got.Body)
	}
	for _, text := range says {
		if !strings.Contains(got.Body, text) {
			t.Errorf("%s does not say %q", got.Path, text)
		}
	}
	for _, text := range not {
		if strings.Contains(got.Body, text) {
			t.Errorf("%s says %q", got.Path, text)
		}
	}
}

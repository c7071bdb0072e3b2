package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tongbu/internal/test/kit"
	"tongbu/node"
)

// errorAt is the field above the error of a page.
var errorAt = regexp.MustCompile(`name="([a-z]+)"[^>]*aria-invalid="true"[^>]*><p class="err"`)

// TestFirstAccountsErrors: each stands at its own field, and what else was typed stays.
func TestFirstAccountsErrors(t *testing.T) {
	town := kit.MustTown(t)
	n := node.New(town.MustReplica(t, town.MustCity(t), kit.First))
	n.People.SetCost(16, 1)
	site, err := n.Pages([]string{"127.0.0.1:80"})
	if err != nil {
		t.Fatal(err)
	}
	for field, text := range map[string]string{"name": "11010519491231002X", "login": "x y", "password": "short", "again": "another-one-5"} {
		form := url.Values{"name": {"林秀云"}, "login": {"lin"}, "password": {"xiangqian-27-zou"}, "again": {"xiangqian-27-zou"}}
		form.Set(field, text)
		if field == "password" {
			form.Set("again", text)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:80/first", strings.NewReader(form.Encode()))
		r.RemoteAddr = "127.0.0.1:999"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		body := w.Body.String()
		if at := errorAt.FindAllStringSubmatch(body, -1); w.Code != http.StatusUnprocessableEntity || len(at) != 1 || at[0][1] != field {
			t.Errorf("%s %q: %d, the error stands at %q", field, text, w.Code, at)
		}
		for _, name := range []string{"name", "login"} {
			if !strings.Contains(body, `name="`+name+`" value="`+form.Get(name)+`"`) {
				t.Errorf("%s %q: what was typed as the %s is gone", field, text, name)
			}
		}
	}
}

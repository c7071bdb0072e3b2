package pages_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"tongbu/internal/pages"
	"tongbu/internal/words"
)

// lines are the rows of a long page: the template takes them one after another.
type lines func(yield func(string) bool)

// longPage serves a page of lines as browsers get it, compressed.
func longPage(t *testing.T, of lines) (*http.Response, error) {
	t.Helper()
	s, err := pages.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"p/long.html": {Data: []byte(`{{define "title"}}{{end}}{{define "main"}}{{range .Main}}<p>{{slice . 4}}</p>{{end}}{{end}}`)}}
	if err := s.Add("test", files, "p"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	server.Config.Handler = pages.Guard([]string{server.Listener.Addr().String()}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := s.Stream(w, "test/long", &pages.Page{Lang: words.Chinese, Bare: true, Main: of}); err != nil {
			http.Error(w, "no page", http.StatusInternalServerError)
		}
	}))
	server.Start()
	t.Cleanup(server.Close)
	return server.Client().Get(server.URL)
}

const wide = "row 一二三四五六七八九十"

func many(n int) lines {
	return func(yield func(string) bool) {
		for i := 0; i < n && yield(wide); i++ {
		}
	}
}

// TestStreamBeginsEarly: the first bytes come while the last rows are not made yet.
func TestStreamBeginsEarly(t *testing.T) {
	read := make(chan struct{})
	resp, err := longPage(t, func(yield func(string) bool) {
		many(2000)(yield)
		<-read
		many(1)(yield)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	some := make([]byte, 4<<10)
	if _, err := io.ReadFull(resp.Body, some); err != nil {
		t.Fatal(err)
	}
	close(read)
	rest, err := io.ReadAll(resp.Body)
	if whole := string(some) + string(rest); err != nil || strings.Count(whole, "<p>") != 2001 || !strings.HasSuffix(strings.TrimSpace(whole), "</html>") {
		t.Errorf("read %d rows of 2001: %v", strings.Count(whole, "<p>"), err)
	}
}

// TestStreamFails: what goes wrong at once is an error, and behind the first byte the page
// has no end that a browser would take for one.
func TestStreamFails(t *testing.T) {
	failing := func(after int) lines { // "x" has no fourth character
		return func(yield func(string) bool) { many(after)(yield); yield("x") }
	}
	resp, err := longPage(t, failing(1))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusInternalServerError {
		t.Errorf("a page that fails at its beginning: %d, want 500", resp.StatusCode)
	}
	resp, err = longPage(t, failing(5000))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.ReadAll(resp.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a page that fails in the middle was read to its end: %v", err)
	}
}

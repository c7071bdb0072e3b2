package siege_test

import (
	"bufio"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"testing"

	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// TestOddPaths: addresses that try to leave the site, hide in an encoding or have no end
// lead nowhere, and break nothing.
func TestOddPaths(t *testing.T) {
	s := webtest.New(t)
	cookie := s.Cookies()[0]
	for _, path := range []string{
		"/../../etc/passwd", "/a/../../../etc/passwd", "/a/%2e%2e/%2e%2e/etc/passwd", "/a/..%2f..%2fetc%2fpasswd", `/a/..\..\etc\passwd`, "//etc/passwd", "/a//etc/passwd",
		"/household/%00", "/person/%2e%2e", "/record/person/..%2fx", "/ledger/1%00.xlsx", "/ledger/-1", "/ledger/99999999999999999999", "/list/%3cscript%3e", "/import/..%2f..%2fx",
		"/draft/%2e", "/codes/..%2f", "/export/template/..%2f", "/screen/x/999999999999999999999", "/screen/text/%00", "/notices/%ff%fe", "/head/account/%00",
		"/archive/close?year=99999999999", "/list/person?page=-1", "/list/person?page=99999999999999999999&order=%00", "/decide/conflict/x/%00", "/saved/%00/%00",
		"/person/" + strings.Repeat("a", 8000), "/" + strings.Repeat("a/", 4000), "/?" + strings.Repeat("x=1&", 2000),
	} {
		status, body := rawGet(t, s, path, cookie)
		if status >= 500 || strings.Contains(body, "root:") {
			t.Errorf("%.60s: status %d", path, status)
		}
	}
	if !signedIn(s.As(people.Head)) {
		t.Error("the station is no longer there")
	}
}

// rawGet sends an address as it is, without what a client makes of it.
func rawGet(t *testing.T, s *webtest.Station, path string, cookie *http.Cookie) (status int, body string) {
	t.Helper()
	host := strings.TrimPrefix(s.Address, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing is kept in it
	_, _ = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nCookie: %s=%s\r\nConnection: close\r\n\r\n", path, host, cookie.Name, cookie.Value)
	got, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%.60s: %v", path, err)
	}
	defer got.Body.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatalf("%.60s: %v", path, err)
	}
	return got.StatusCode, string(raw)
}

// noughts are so many bytes without an end of a line.
type noughts struct{ left int64 }

func (n *noughts) Read(p []byte) (int, error) {
	if n.left == 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), n.left)]
	clear(p)
	n.left -= int64(len(p))
	return len(p), nil
}

// TestLargeUploads: a file of 100 MB, and a form of as much, are refused in words, and
// nothing of them is kept; the bytes are not read to their end.
func TestLargeUploads(t *testing.T) {
	s := webtest.New(t)
	head := s.As(people.Head)
	for path, refused := range map[string]bool{"/import": true, "/stick/in": true, "/search": false, "/household/new": true, "/head/accounts": true} {
		before := s.Written()
		out, in := io.Pipe()
		w := multipart.NewWriter(in)
		go func() {
			part, err := w.CreateFormFile("file", "large.csv")
			if err == nil {
				_, err = io.Copy(part, &noughts{left: 100 << 20})
			}
			if err == nil {
				err = w.Close()
			}
			_ = in.CloseWithError(err)
		}()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Address+path, out)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", w.FormDataContentType())
		got, err := head.TryDo(r)
		_ = out.Close()
		if err == nil && (refused && got.Code < 400 || got.Code >= 500) { // a search without words is one
			t.Errorf("%s: status %d", path, got.Code)
		}
		if s.Written() != before {
			t.Errorf("%s has written something", path)
		}
	}
	if got := head.Get("/import"); strings.Contains(got.Body, "large.csv") {
		t.Error("a file that is too large is kept")
	}
}

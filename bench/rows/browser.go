package rows

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
)

// browser asks for pages as one does: compressed, with cookies, over kept connections.
type browser struct {
	client *http.Client
	at     string
	read   atomic.Int64 // bytes of all connections, headers included
}

func newBrowser(at string) *browser {
	b := &browser{at: at}
	jar, _ := cookiejar.New(nil) // never fails without options
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		return countedConn{c, &b.read}, err
	}
	b.client = &http.Client{Jar: jar, Transport: &http.Transport{DialContext: dial, DisableCompression: true, MaxIdleConnsPerHost: 8},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return b
}

// countedConn counts what is read from it.
type countedConn struct {
	net.Conn
	read *atomic.Int64
}

func (c countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.read.Add(int64(n))
	return n, err
}

// visit is one thing that is asked for.
type visit struct {
	name, path string
	form       url.Values // nil: it is got
	status     int        // that it has; 0: 200
}

// reply is what came.
type reply struct {
	first, whole time.Duration // until the first byte, and until the last
	bytes        int           // that came over the line for it, headers included
	body         string        // uncompressed
	to           string        // where it sends the browser
	status       int
}

// ask asks for one thing, and for the page that it sends the browser on to, unless that is
// what is wanted: a search that finds one person does so.
func (b *browser) ask(ctx context.Context, v visit) (a reply, err error) {
	if a, err = b.once(ctx, v); err != nil || a.status != http.StatusSeeOther || v.status != 0 {
		return a, err
	}
	on, err := b.once(ctx, visit{path: a.to})
	on.first, on.whole, on.bytes = a.whole+on.first, a.whole+on.whole, a.bytes+on.bytes
	return on, err
}

func (b *browser) once(ctx context.Context, v visit) (a reply, err error) {
	method, body := http.MethodGet, io.Reader(nil)
	if v.form != nil {
		method, body = http.MethodPost, strings.NewReader(v.form.Encode())
	}
	var start time.Time
	trace := &httptrace.ClientTrace{GotFirstResponseByte: func() { a.first = time.Since(start) }}
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), method, b.at+v.path, body)
	if err != nil {
		return a, err
	}
	r.Header.Set("Accept-Encoding", "gzip")
	r.Header.Set("Accept-Language", "zh-CN,zh")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if v.form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	before := b.read.Load()
	start = time.Now()
	resp, err := b.client.Do(r)
	if err != nil {
		return a, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	a.whole, a.bytes, a.status, a.to = time.Since(start), int(b.read.Load()-before), resp.StatusCode, resp.Header.Get("Location")
	if err != nil {
		return a, err
	}
	if a.body, err = unpacked(resp.Header, raw); err != nil {
		return a, err
	}
	if want := max(v.status, http.StatusOK); a.status != want && (v.status != 0 || a.status != http.StatusSeeOther) {
		return a, fmt.Errorf("%s %s: %d to %q, want %d: %.300s", method, v.path, a.status, a.to, want, plainText(a.body))
	}
	return a, nil
}

func unpacked(h http.Header, raw []byte) (string, error) {
	if h.Get("Content-Encoding") != "gzip" {
		return string(raw), nil
	}
	z, err := gzip.NewReader(strings.NewReader(string(raw)))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(z)
	return string(text), err
}

var (
	tags    = regexp.MustCompile(`(?s)<head>.*</head>|<[^>]*>|\s+`)
	ownFile = regexp.MustCompile(`(?:href|src)="(/a/[^"]+)"`)
)

// plainText is what a page says.
func plainText(body string) string {
	return strings.Join(strings.Fields(tags.ReplaceAllString(body, " ")), " ")
}

// firstVisit is how many bytes come for a page with all that it asks for, to a browser that
// has nothing of it.
func (b *browser) firstVisit(ctx context.Context, a reply) (int, error) {
	sum, met := a.bytes, map[string]bool{}
	for _, m := range ownFile.FindAllStringSubmatch(a.body, -1) {
		if met[m[1]] {
			continue
		}
		met[m[1]] = true
		file, err := b.ask(ctx, visit{path: m[1]})
		if err != nil {
			return 0, err
		}
		sum += file.bytes
	}
	return sum, nil
}

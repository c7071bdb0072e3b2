package attack_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"tongbu/internal/identity"
)

// raw is a connection on which frames are written by hand.
type raw struct {
	*http2.Framer
	conn *tls.Conn
	next uint32 // number of the next stream
}

// dialRaw makes a connection as the source, up to where frames may follow.
func dialRaw(ctx context.Context, own identity.Source, address string) (*raw, error) {
	line, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	cfg := identity.ClientTLS(own, nil)
	cfg.NextProtos = []string{"h2"}
	conn := tls.Client(&counting{Conn: line}, cfg)
	_ = line.SetDeadline(time.Now().Add(time.Minute)) // no test waits for longer
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = line.Close()
		return nil, err
	}
	r := &raw{Framer: http2.NewFramer(conn, conn), conn: conn, next: 1}
	if _, err := conn.Write([]byte(http2.ClientPreface)); err != nil {
		return nil, err
	}
	return r, r.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20})
}

// counting counts what is written.
type counting struct {
	net.Conn
	sent int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.sent += int64(n)
	return n, err
}

func (r *raw) close() { _ = r.conn.Close() }

// block is the headers of a call.
func block(path string, more ...hpack.HeaderField) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for _, f := range append([]hpack.HeaderField{{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "https"}, {Name: ":path", Value: path},
		{Name: ":authority", Value: "hub"}, {Name: "content-type", Value: "application/grpc"}, {Name: "te", Value: "trailers"}}, more...) {
		_ = e.WriteField(f) // a buffer takes all
	}
	return b.Bytes()
}

// call opens a stream with headers and returns its number.
func (r *raw) call(path string, more ...hpack.HeaderField) (uint32, error) {
	id := r.next
	r.next += 2
	return id, r.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block(path, more...), EndHeaders: true})
}

// mustRawCall calls a path and returns the status, or how else the hub refused.
func mustRawCall(t *testing.T, own identity.Source, address, path string) string {
	t.Helper()
	r, err := dialRaw(t.Context(), own, address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	r.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	id, err := r.call(path)
	if err == nil {
		err = r.WriteData(id, true, make([]byte, 5)) // an empty message
	}
	if err != nil {
		t.Fatal(err)
	}
	for {
		f, err := r.ReadFrame()
		if err != nil {
			return fmt.Sprintf("closed: %v", err)
		}
		switch x := f.(type) {
		case *http2.RSTStreamFrame:
			return "reset"
		case *http2.GoAwayFrame:
			return "gone"
		case *http2.MetaHeadersFrame:
			if status := headerOf(x, "grpc-status"); status != "" {
				return status
			}
			if status := headerOf(x, ":status"); status != "200" {
				return "http " + status
			}
		}
	}
}

func headerOf(f *http2.MetaHeadersFrame, name string) string {
	for _, h := range f.Fields {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

package attack_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/test/kit"
)

// stranger is somebody without token or certificate, with an address of its own
// and as many connections as it likes.
type stranger struct {
	http *http.Transport
}

// strangerAt is a stranger at an address of the loopback.
func strangerAt(t testing.TB, last byte) *stranger {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, last)}, Timeout: 20 * time.Second}
	s := &stranger{http: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DialContext: dialer.DialContext, MaxIdleConnsPerHost: 64}}
	t.Cleanup(s.http.CloseIdleConnections)
	return s
}

// post returns the status, 0 when there was no answer.
func (s *stranger) post(ctx context.Context, address, path, body string) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+address+path, strings.NewReader(body))
	if err != nil {
		return 0
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Forwarded-For", "10.1.1.1")
	resp, err := s.http.RoundTrip(r)
	if err != nil {
		return 0
	}
	defer resp.Body.Close() //nolint:errcheck // it is read to its end
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// posts sends so many requests, some at a time.
func (s *stranger) posts(ctx context.Context, address, path string, n int, body func() string) {
	var all sync.WaitGroup
	var next atomic.Int64
	for range 16 {
		all.Go(func() {
			for next.Add(1) <= int64(n) && ctx.Err() == nil {
				s.post(ctx, address, path, body())
			}
		})
	}
	all.Wait()
}

// madeUp is a request to join that is in order in all but its token.
func madeUp(t *testing.T, unit change.UnitID, network identity.Network, hops int) func() string {
	t.Helper()
	csr := mustCSR(t, &x509.CertificateRequest{}, mustKey(t))
	return func() string {
		_, key, _ := ed25519.GenerateKey(rand.Reader)
		raw, _ := json.Marshal(map[string]any{"ticket": hex.EncodeToString(key[32:]), "network": network, "unit": unit, "csr": csr,
			"nonce": make([]byte, 16), "address": "", "web": "", "name": "", "proof": make([]byte, 64), "hops": hops})
		return string(raw)
	}
}

// madeUpRenewal is a request to renew by a key that never joined.
func madeUpRenewal(t *testing.T, hops int) func() string {
	t.Helper()
	key := mustKey(t)
	raw, err := json.Marshal(map[string]any{"device": change.DeviceOf(keyBytes(key.Public())), "csr": mustCSR(t, &x509.CertificateRequest{}, key),
		"nonce": make([]byte, 16), "hops": hops})
	if err != nil {
		t.Fatal(err)
	}
	return func() string { return string(raw) }
}

// joinVia redeems a good token at a hub.
func (w *world) joinVia(t testing.TB, address string) (*device, error) {
	t.Helper()
	return w.joinWith(t, address, w.token(t, kit.First, 0))
}

func (w *world) joinWith(t testing.TB, address, text string) (*device, error) {
	t.Helper()
	token, err := identity.ParseToken(text)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(t.TempDir(), "new")
	keys, err := identity.Create(dir, identity.Options{Key: [32]byte{1}})
	if err != nil {
		return nil, err
	}
	return &device{Keystore: keys, dir: dir}, identity.Join(t.Context(), keys, token, w.enroller(t, address, token.Trust(time.Now)), identity.Listen{})
}

// wantServed: a device with a good token joins through the hub, renews there,
// and links.
func (w *world) wantServed(t testing.TB, at *site) {
	t.Helper()
	d, err := w.joinVia(t, at.web)
	if err != nil {
		t.Errorf("joining: %v", err)
		return
	}
	await(t, "the hub has heard of the device", func() bool { _, ok := at.Replica.Members.Device(d.Device()); return ok })
	if err := identity.Renew(t.Context(), d.Keystore, w.enroller(t, at.door, identity.TrustOf(d))); err != nil {
		t.Errorf("renewing: %v", err)
	}
	batch := d.mustSeal(t, d.own(), change.Mark{}, "甲", time.Now().UnixMilli())
	wantTaken(t, d.mustPush(t, at, batch), batch)
}

func (w *world) network() identity.Network { return w.city.Replica.Place.Network }

// TestClaims (S25): what a stranger claims of itself is not what it is counted
// by, so it does not use up what a hub has at the tier above.
func TestClaims(t *testing.T) {
	w := mustWorld(t)
	everywhere := change.NewUnitID([10]byte{77})
	for name, flood := range map[string]func(context.Context){
		"straight to the city, as if passed on": func(ctx context.Context) {
			for hops := range 8 {
				strangerAt(t, 1).posts(ctx, w.city.web, identity.PathEnroll, 100, madeUp(t, everywhere, w.network(), hops))
				strangerAt(t, 1).posts(ctx, w.city.door, identity.PathRenew, 200, madeUpRenewal(t, hops))
			}
		},
		"through the street, from many addresses": func(ctx context.Context) {
			for n := range 40 {
				strangerAt(t, byte(10+n)).posts(ctx, w.street.web, identity.PathEnroll, 10, madeUp(t, everywhere, w.network(), n%2))
				strangerAt(t, byte(10+n)).posts(ctx, w.street.door, identity.PathRenew, 10, madeUpRenewal(t, n%2))
			}
		},
		"for the unit of the street, which its certificate names": func(ctx context.Context) {
			for n := range 40 {
				strangerAt(t, byte(60+n)).posts(ctx, w.street.web, identity.PathEnroll, 10, madeUp(t, kit.Street.ID, w.network(), n%2))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			flood(t.Context())
			w.wantServed(t, w.street)
			w.wantServed(t, w.city)
		})
	}
}

// hold opens connections that stay, and returns how many the hub has not
// closed by the time it is asked.
func hold(t *testing.T, address string, n int, say func(net.Conn)) (left func() int) {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}, Timeout: 20 * time.Second}
	var open atomic.Int64
	var reading sync.WaitGroup
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	for range n {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			continue
		}
		open.Add(1)
		if say != nil {
			reading.Go(func() { say(conn) })
		}
		reading.Go(func() {
			context.AfterFunc(ctx, func() { _ = conn.Close() })
			_, _ = io.Copy(io.Discard, conn) // until the hub closes it
			open.Add(-1)
			_ = conn.Close()
		})
	}
	t.Cleanup(func() { stop(); reading.Wait() })
	return func() int { return int(open.Load()) }
}

// heldAtMost is how many connections of strangers a port keeps, in a test that
// gives it 1,500.
const heldAtMost = 300

// TestIdle (S26): 1,500 connections that say nothing, or a byte at a time, at
// each port: a port keeps a bounded number, and devices are served meanwhile.
func TestIdle(t *testing.T) {
	trickle := func(conn net.Conn) {
		for _, b := range []byte{22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3} {
			if _, err := conn.Write([]byte{b}); err != nil {
				return
			}
			pause(t.Context())
		}
	}
	for name, say := range map[string]func(net.Conn){"silent": nil, "a byte at a time": trickle} {
		t.Run(name, func(t *testing.T) {
			w := mustWorld(t)
			at := w.street
			for _, port := range []string{at.web, at.door, at.links} {
				left := hold(t, port, 1500, say)
				await(t, fmt.Sprintf("few of them are held (%s)", port), func() bool { return left() <= heldAtMost })
			}
			w.wantServed(t, at)
		})
	}
}

// TestMeanwhile (S28): requests and connections of strangers that never cease,
// from a device's own address and others, keep no device out: neither one that
// has never called before, nor one that is in.
func TestMeanwhile(t *testing.T) {
	w := mustWorld(t)
	at := w.street
	inside := w.mustDevice(t, kit.First)
	await(t, "the device is known", func() bool { _, ok := at.Replica.Members.Device(inside.Device()); return ok })
	line := inside.mustOpen(t, at)
	var flooding sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	defer flooding.Wait()
	defer stop()
	join, renew := madeUp(t, kit.Street.ID, w.network(), 1), madeUpRenewal(t, 1)
	for _, last := range []byte{1, 9} {
		s := strangerAt(t, last)
		flooding.Go(func() {
			for ctx.Err() == nil {
				s.posts(ctx, at.web, identity.PathEnroll, 50, join)
				s.posts(ctx, at.door, identity.PathRenew, 50, renew)
				pause(ctx)
			}
		})
		for _, port := range []string{at.web, at.door, at.links} {
			flooding.Go(func() { crowdIn(ctx, last, port) })
		}
	}
	await(t, "the street turns strangers away", func() bool { return at.log.has("kind=exhausted") })
	quiet := beat(line)
	for range 3 {
		w.wantServed(t, at)
	}
	quiet()
	batch := inside.mustSeal(t, inside.own(), change.Mark{}, "乙", time.Now().UnixMilli())
	wantTaken(t, push(t, line, batch), batch)
}

// crowdIn keeps as many silent connections to a port as it gets.
func crowdIn(ctx context.Context, last byte, port string) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, last)}, Timeout: time.Second}
	var open []net.Conn
	for ctx.Err() == nil {
		for range 20 {
			if conn, err := dialer.DialContext(ctx, "tcp", port); err == nil {
				open = append(open, conn)
			}
		}
		for len(open) > 400 {
			_ = open[0].Close()
			open = open[1:]
		}
		pause(ctx)
	}
	for _, conn := range open {
		_ = conn.Close()
	}
}

// TestUnreadable (S27): 10,000 requests that cannot be read leave a few lines.
func TestUnreadable(t *testing.T) {
	w := mustWorld(t)
	const most = 4 << 10 // bytes of log
	before := w.street.log.warned()
	s := strangerAt(t, 9)
	s.posts(t.Context(), w.street.web, identity.PathEnroll, 5_000, func() string { return "?" })
	s.posts(t.Context(), w.street.door, identity.PathRenew, 5_000, func() string { return "?" })
	hold(t, w.street.links, 100, func(conn net.Conn) { _, _ = conn.Write([]byte("GET / HTTP/1.1\r\n\r\n")) })
	w.wantServed(t, w.street)
	if got := w.street.log.warned() - before; got > most {
		t.Errorf("%d bytes of warnings, want at most %d", got, most)
	}
}

package attack_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tongbu/hub/enroll"
	"tongbu/hub/root"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/test/kit"
)

// port serves a handler over HTTPS as the city does, apart from the city's
// own: refused tries close a port to an address for a minute.
type port struct {
	url string
	log *lockedLog
}

func (w *world) mustPort(t *testing.T, handler func(identity.Registrar, enroll.Options) http.Handler) port {
	t.Helper()
	authority, err := identity.OpenAuthority(w.city.dir, mustOptions(t, w.city.dir))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := port{url: listener.Addr().String(), log: &lockedLog{}}
	root := identity.NewRoot(authority, root.NewAdmission(w.city.Replica), identity.Options{})
	s := enroll.Server(handler(root, enroll.Options{Log: slog.New(slog.NewTextHandler(p.log, nil))}), identity.WebTLS(w.city.Replica.Keys))
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.ServeTLS(listener, "", "") }) // Close ends it
	t.Cleanup(func() { _ = s.Close(); serving.Wait() })
	return p
}

// join redeems a token from a new directory.
func (w *world) join(t *testing.T, p port, text string, alter func(*identity.EnrollRequest)) error {
	t.Helper()
	token, err := identity.ParseToken(text)
	if err != nil {
		return err
	}
	keys, err := identity.Create(filepath.Join(t.TempDir(), "new"), identity.Options{Key: [32]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	client := w.enroller(t, p.url, token.Trust(time.Now))
	return identity.Join(t.Context(), keys, token, between{client, alter, nil}, identity.Listen{})
}

// between is a hub on the way that alters requests.
type between struct {
	identity.Registrar
	enrol func(*identity.EnrollRequest)
	renew func(*identity.RenewRequest)
}

func (b between) Enroll(ctx context.Context, r identity.EnrollRequest) (identity.Answer, error) {
	if b.enrol != nil {
		b.enrol(&r)
	}
	return b.Registrar.Enroll(ctx, r)
}

func (b between) Renew(ctx context.Context, r identity.RenewRequest) (identity.Answer, error) {
	if b.renew != nil {
		b.renew(&r)
	}
	return b.Registrar.Renew(ctx, r)
}

func (w *world) tokens() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"used twice": func(t *testing.T) {
			p, token := w.mustPort(t, enroll.Handler), w.token(t, kit.First, 0)
			if err := w.join(t, p, token, nil); err != nil {
				t.Fatal(err)
			}
			wantKind(t, w.join(t, p, token, nil), fault.Denied)
		},
		"two at once": func(t *testing.T) {
			p, token := w.mustPort(t, enroll.Handler), w.token(t, kit.First, 0)
			errs := make(chan error, 2)
			for range 2 {
				go func() { errs <- w.join(t, p, token, nil) }()
			}
			if a, b := <-errs, <-errs; (a == nil) == (b == nil) {
				t.Errorf("got %v and %v, want one success", a, b)
			}
		},
		"expired": func(t *testing.T) {
			wantKind(t, w.join(t, w.mustPort(t, enroll.Handler), w.token(t, kit.First, time.Nanosecond), nil), fault.Denied)
		},
		"for another division": func(t *testing.T) {
			p := w.mustPort(t, enroll.Handler)
			wantKind(t, w.join(t, p, w.token(t, kit.First, 0), func(r *identity.EnrollRequest) { r.Unit = kit.Street.ID }), fault.Denied)
		},
		"guessed": func(t *testing.T) {
			p, token := w.mustPort(t, enroll.Handler), w.token(t, kit.First, 0)
			for n := range 6 {
				err := w.join(t, p, retoken(t, token, func(raw []byte) { raw[len(raw)-20+n]++ }), nil) // another secret
				if want := []fault.Kind{fault.Denied, fault.Exhausted}[n/5]; fault.Of(err) != want {
					t.Errorf("try %d: got %v, want %v", n+1, err, want)
				}
			}
			if !p.log.has("kind=exhausted") {
				t.Error("no alarm in the log")
			}
		},
	}
}

// retoken alters the bytes of a token and mends its check sum.
func retoken(t *testing.T, text string, alter func([]byte)) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(text, "tb1."))
	if err != nil {
		t.Fatal(err)
	}
	alter(raw)
	body := raw[:len(raw)-4]
	return "tb1." + base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(body[:len(body):len(body)], crc32.ChecksumIEEE(body)))
}

func (w *world) hashes() map[string]func(*testing.T) {
	const hashAt = 21 + 16 // behind the names of network and unit
	try := func(alter func([]byte)) func(*testing.T) {
		return func(t *testing.T) {
			wantKind(t, w.join(t, w.mustPort(t, enroll.Handler), retoken(t, w.token(t, kit.First, 0), alter), nil), fault.Denied, fault.Invalid)
		}
	}
	return map[string]func(*testing.T){
		"a wrong hash": try(func(raw []byte) { raw[hashAt]++ }),
		"no hash":      try(func(raw []byte) { clear(raw[hashAt : hashAt+sha256.Size]) }),
		"hash left out": func(t *testing.T) {
			raw := strings.TrimPrefix(w.token(t, kit.First, 0), "tb1.")
			_, err := identity.ParseToken("tb1." + raw[:50] + raw[50+43:])
			wantKind(t, err, fault.Invalid)
		},
	}
}

func (w *world) requests() map[string]func(*testing.T) {
	victim := w.mustDevice(w.t, kit.Second)
	// granted renews with a request of the attacker's making and returns what
	// the city signed.
	granted := func(t *testing.T, d *device, csr []byte) (*x509.Certificate, error) {
		t.Helper()
		p := w.mustPort(t, enroll.Door)
		client := w.enroller(t, p.url, identity.TrustOf(d))
		err := identity.Renew(t.Context(), d.Keystore, d.withRequest(client, csr))
		return d.Certificate(), err
	}
	refused := func(csr func(*testing.T) []byte) func(*testing.T) {
		return func(t *testing.T) {
			_, err := granted(t, w.mustDevice(t, kit.First), csr(t))
			wantKind(t, err, fault.Invalid, fault.Denied)
		}
	}
	names := &x509.CertificateRequest{DNSNames: []string{"city.example"}, URIs: []*url.URL{victim.Certificate().URIs[0]}}
	return map[string]func(*testing.T){
		"another name": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			got, err := granted(t, d, mustCSR(t, names, d.Key()))
			if err != nil {
				t.Fatal(err)
			}
			if len(got.DNSNames) > 0 || len(got.URIs) != 1 || !strings.HasSuffix(got.URIs[0].Path, string(d.Device())) {
				t.Errorf("signed for %v %v", got.URIs, got.DNSNames)
			}
		},
		"CA:TRUE": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			ca := x509.CertificateRequest{ExtraExtensions: caExtension()}
			got, err := granted(t, d, mustCSR(t, &ca, d.Key()))
			if err != nil || got.IsCA || got.KeyUsage&x509.KeyUsageCertSign != 0 {
				t.Errorf("got %v, an authority: %v", err, got.IsCA)
			}
		},
		"RSA of 1024 bits": refused(func(t *testing.T) []byte {
			t.Setenv("GODEBUG", "rsa1024min=0")
			key, err := rsa.GenerateKey(rand.Reader, 1024)
			if err != nil {
				t.Fatal(err)
			}
			return mustCSR(t, &x509.CertificateRequest{}, key)
		}),
		"P-224": refused(func(t *testing.T) []byte {
			key, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			return mustCSR(t, &x509.CertificateRequest{}, key)
		}),
		"another's public key": refused(func(t *testing.T) []byte {
			csr := mustCSR(t, &x509.CertificateRequest{}, mustKey(t))
			request, err := x509.ParseCertificateRequest(csr)
			if err != nil {
				t.Fatal(err)
			}
			der, theirs := string(csr), victim.Certificate().PublicKey
			own := request.PublicKey
			return []byte(strings.Replace(der, string(keyBytes(own)), string(keyBytes(theirs)), 1))
		}),
	}
}

func (w *world) renewals() map[string]func(*testing.T) {
	// renew sends the device's true request, altered on its way.
	renew := func(t *testing.T, p port, d *device, alter func(*identity.RenewRequest)) error {
		client := w.enroller(t, p.url, identity.TrustOf(d))
		return identity.Renew(t.Context(), d.Keystore, between{client, nil, alter})
	}
	altered := func(alter func(*identity.RenewRequest)) func(*testing.T) {
		return func(t *testing.T) {
			d, p := w.mustDevice(t, kit.First), w.mustPort(t, enroll.Door)
			wantKind(t, renew(t, p, d, func(r *identity.RenewRequest) {
				if len(r.Challenge) > 0 {
					alter(r)
				}
			}), fault.Denied)
		}
	}
	return map[string]func(*testing.T){
		"the right key (control)": func(t *testing.T) {
			if err := renew(t, port{url: w.street.door}, w.mustDevice(t, kit.First), nil); err != nil {
				t.Error(err)
			}
		},
		"a wrong old key": func(t *testing.T) {
			d, key := w.mustDevice(t, kit.First), mustKey(t)
			client := w.enroller(t, w.mustPort(t, enroll.Door).url, identity.TrustOf(d))
			wantKind(t, identity.Renew(t.Context(), d.Keystore, d.withRequest(client, mustCSR(t, &x509.CertificateRequest{}, key))), fault.Denied)
		},
		"a proof by another key":   altered(func(r *identity.RenewRequest) { r.Proof[3]++ }),
		"a challenge of one's own": altered(func(r *identity.RenewRequest) { r.Challenge[30]++ }),
		"a replayed request": func(t *testing.T) {
			d, p := w.mustDevice(t, kit.First), w.mustPort(t, enroll.Door)
			var seen identity.RenewRequest
			if err := renew(t, p, d, func(r *identity.RenewRequest) { seen = *r }); err != nil {
				t.Fatal(err)
			}
			_, err := w.enroller(t, p.url, identity.TrustOf(d)).Renew(t.Context(), seen)
			wantKind(t, err, fault.Busy)
			other := w.mustDevice(t, kit.First)
			_, err = w.enroller(t, p.url, identity.TrustOf(d)).Renew(t.Context(), identity.RenewRequest{Device: other.Device(), CSR: seen.CSR, Nonce: seen.Nonce, Challenge: seen.Challenge, Proof: seen.Proof})
			wantKind(t, err, fault.Denied)
		},
		"a revoked device": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			w.revoke(t, d.Device())
			wantKind(t, renew(t, w.mustPort(t, enroll.Door), d, nil), fault.Denied)
		},
		"other methods": func(t *testing.T) {
			transport := &http.Transport{TLSClientConfig: identity.TrustTLS(identity.TrustOf(w.city.Replica.Keys)), DisableKeepAlives: true}
			for _, path := range []string{"/", identity.PathEnroll, identity.PathCA, "/status", "/v1/renew/", "/v1//renew", "/v1/renew?x=1", "/v1/../v1/enroll"} {
				for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, "CONNECT"} {
					r, err := http.NewRequestWithContext(t.Context(), method, "https://"+w.street.door+path, strings.NewReader("{}"))
					if err != nil {
						t.Fatal(err)
					}
					resp, err := transport.RoundTrip(r)
					if err != nil {
						continue // not even answered
					}
					_ = resp.Body.Close()
					if resp.StatusCode < 400 {
						t.Errorf("%s %s: got %d", method, path, resp.StatusCode)
					}
				}
			}
		},
		"renewing at the port of joining": func(t *testing.T) {
			wantKind(t, renew(t, port{url: w.street.web}, w.mustDevice(t, kit.First), nil), fault.Unavailable, fault.NotFound)
		},
		"too many tries": func(t *testing.T) {
			d, p := w.mustDevice(t, kit.First), w.mustPort(t, enroll.Door)
			w.revoke(t, d.Device())
			for range 5 {
				wantKind(t, renew(t, p, d, nil), fault.Denied)
			}
			wantKind(t, renew(t, p, d, nil), fault.Exhausted)
		},
	}
}

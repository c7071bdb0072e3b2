package api

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/status"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/limit"
	"tongbu/internal/system"
	"tongbu/internal/tally"
)

// Bounds of a program. Strangers are bounded by address before that.
const (
	maxCalls    = 64   // of one program under way
	maxPrograms = 4096 // that are remembered for their rate
	defaultRate = 50   // questions a second
	burst       = 4    // seconds of its rate that a program may ask at once
)

// strangersQuota is how often an address may show what is no token: to guess one is
// hopeless, and each try costs a handshake.
var strangersQuota = limit.Quota{Burst: 30, Every: time.Second}

// gate lets programs in: it knows who calls and how often.
type gate struct {
	hub       Hub
	log       *slog.Logger // counts what comes often
	rates     *limit.Callers[string]
	strangers *limit.Callers[string]

	mu    sync.Mutex                 // guards calls
	calls map[string]*[maxCalls]bool // places of calls under way, by program
}

func newGate(hub Hub, opts Options) *gate {
	return &gate{hub: hub, log: tally.Wrap(opts.Log, opts.Now), rates: limit.NewCallers[string](opts.Now, maxPrograms), strangers: limit.NewCallers[string](opts.Now, maxPrograms), calls: map[string]*[maxCalls]bool{}}
}

// caller is what a call shows of who makes it.
type caller struct {
	authorization string
	tls           *tls.ConnectionState
	address       string // of the line, without the port
}

type admittedKey struct{}

// admitted is a call that was let in.
type admitted struct {
	program system.Program
	place   int // among the program's calls under way
}

// programOf is the program that a call comes from, once it is let in.
func programOf(ctx context.Context) system.Program {
	a, _ := ctx.Value(admittedKey{}).(admitted)
	return a.program
}

// lineOf names the place of a call among those of its program, which take turns.
func lineOf(ctx context.Context) change.DeviceID {
	a, _ := ctx.Value(admittedKey{}).(admitted)
	return change.DeviceID(strconv.Itoa(a.place))
}

// enter lets a call in, or says why not. leave ends it.
func (g *gate) enter(ctx context.Context, by caller) (in context.Context, leave func(), refused *status.Status) {
	p, refused := g.who(by)
	if refused != nil {
		g.log.Warn("a call of a stranger was refused", "address", by.address)
		if err := g.strangers.Take(by.address, strangersQuota); err != nil {
			return nil, nil, statusOf(err)
		}
		return nil, nil, refused
	}
	if err := g.hub.Live(p); err != nil {
		return nil, nil, statusOf(err)
	}
	connOf(ctx).Welcome()
	rate := p.Rate
	if rate <= 0 {
		rate = defaultRate
	}
	if err := g.rates.Take(p.Name, limit.Quota{Burst: burst * rate, Every: time.Second / time.Duration(rate)}); err != nil {
		return nil, nil, statusOf(err)
	}
	place, ok := g.begin(p.Name)
	if !ok {
		return nil, nil, statusOf(fault.New(fault.Exhausted, "%d calls of this program are under way", maxCalls).
			WithHint("wait for the answers; read streams to their end, or close them").WithRetry(time.Second))
	}
	return context.WithValue(ctx, admittedKey{}, admitted{p, place}), func() { g.done(p.Name, place) }, nil
}

func (g *gate) begin(name string) (place int, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	taken := g.calls[name]
	if taken == nil {
		taken = new([maxCalls]bool)
		g.calls[name] = taken
	}
	for place := range taken {
		if !taken[place] {
			taken[place] = true
			return place, true
		}
	}
	return 0, false
}

func (g *gate) done(name string, place int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if taken := g.calls[name]; taken != nil {
		if taken[place] = false; *taken == [maxCalls]bool{} {
			delete(g.calls, name)
		}
	}
}

// who finds the program: by its token, else by its certificate, which the handshake has
// proved it holds the key of.
func (g *gate) who(by caller) (system.Program, *status.Status) {
	token, said := tokenOf(by.authorization)
	if said {
		if p, known := g.hub.ProgramOf(sha256.Sum256([]byte(token))); known {
			return p, nil
		}
		return system.Program{}, strange("the token is not one of a program of this network")
	}
	if by.tls != nil && len(by.tls.PeerCertificates) > 0 {
		if p, known := g.hub.ProgramOfKey(sha256.Sum256(by.tls.PeerCertificates[0].RawSubjectPublicKeyInfo)); known {
			return p, nil
		}
		return system.Program{}, strange("the certificate is not one of a program of this network")
	}
	return system.Program{}, strange("no token and no certificate was shown")
}

// tokenOf reads the header of a call: a bearer's token, or the password of programs that
// know nothing else, as a spreadsheet.
func tokenOf(authorization string) (token string, said bool) {
	kind, value, _ := strings.Cut(authorization, " ")
	switch {
	case authorization == "":
		return "", false
	case strings.EqualFold(kind, "Bearer"):
		return strings.TrimSpace(value), true
	case strings.EqualFold(kind, "Basic"):
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
		_, password, found := strings.Cut(string(raw), ":")
		if err == nil && found {
			return password, true
		}
	}
	return "", true
}

// ofRequest is who makes a request over HTTP.
func ofRequest(r *http.Request) caller {
	return caller{authorization: r.Header.Get("Authorization"), tls: r.TLS, address: limit.ParseAddress(r.RemoteAddr).String()}
}

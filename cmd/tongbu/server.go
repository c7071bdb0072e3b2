package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"tongbu/hub/api/client"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/system"
	"tongbu/node/socket"
)

// serverOptions are those of asking a hub from another machine, as a program.
type serverOptions struct {
	url, token, ca, pin, cert string
}

func serverFlags(cmd *cobra.Command, o *serverOptions) {
	f := cmd.Flags()
	f.StringVar(&o.url, "server", "", "https://HOST:PORT of a hub that answers programs, in place of --dir")
	f.StringVar(&o.token, "token-file", "", "with --server: file with the token that tongbu program add printed")
	f.StringVar(&o.cert, "cert", "", "with --server: file in PEM with the program's key and certificate, in place of a token")
	f.StringVar(&o.ca, "ca", "", "with --server: file in PEM with the authority that the server's certificate is of; empty: those of this computer")
	f.StringVar(&o.pin, "pin", "", "with --server: sha256//BASE64 of the server's key, in place of an authority")
}

// asking is a hub that questions go to: that of a directory, or one far away.
type asking interface {
	Page(ctx context.Context, q question.Question) (*question.Answer, error)
	Parts(ctx context.Context, q question.Question, fn func(question.Part) error) error
	Close()
}

// questions is where the questions go.
func (a *app) questions(ctx context.Context, dir string, s serverOptions) (asking, error) {
	if s.url == "" {
		c, err := a.client(ctx, dir)
		if err != nil {
			return nil, err
		}
		return here{c}, nil
	}
	c, err := s.open()
	if err != nil {
		return nil, err
	}
	return there{c}, nil
}

// needsPlace refuses a command that names neither a directory nor a server, or both.
func (s serverOptions) needsPlace(dir string) error {
	switch {
	case s.url == "" && dir == "":
		return fault.New(fault.Invalid, "neither --dir nor --server is given").WithHint("--dir DIR asks the hub of a directory, --server URL one far away")
	case s.url != "" && dir != "":
		return fault.New(fault.Invalid, "--dir and --server are two places").WithHint("give one of them")
	case s.url != "" && (s.token == "") == (s.cert == ""):
		return fault.New(fault.Invalid, "a program shows a token or a certificate").WithHint("--token-file FILE or --cert FILE, as tongbu program add gave it")
	case s.url == "" && s != (serverOptions{}):
		return fault.New(fault.Invalid, "tokens and certificates are for --server").WithHint("add --server URL, or leave them out")
	}
	return nil
}

func (s serverOptions) open() (*client.Client, error) {
	o := client.Options{Server: s.url, Pin: s.pin}
	for _, file := range []struct {
		path string
		take func([]byte) bool
	}{
		{s.ca, func(raw []byte) bool { o.CA = raw; return true }},
		{s.token, func(raw []byte) bool {
			o.Token = string(bytes.TrimSpace(raw))
			_, ok := system.ProgramTokenHash(o.Token)
			return ok
		}},
		{s.cert, func(raw []byte) bool {
			pair, err := tls.X509KeyPair(raw, raw)
			o.Pair = []tls.Certificate{pair}
			return err == nil
		}},
	} {
		if file.path == "" {
			continue
		}
		raw, err := os.ReadFile(file.path)
		if err != nil {
			return nil, fault.Wrap("read a file", err)
		}
		if !file.take(raw) {
			return nil, fault.New(fault.Invalid, "%s holds no token, or no key with its certificate", file.path).WithHint("give the file that tongbu program add was written into")
		}
	}
	return client.New(o)
}

// here asks the hub of a directory.
type here struct{ *socket.Client }

// Page implements asking.
func (h here) Page(ctx context.Context, q question.Question) (*question.Answer, error) {
	answer := new(question.Answer)
	err := h.JSON(ctx, http.MethodPost, "/query", q, answer)
	return answer, err
}

// there asks one far away.
type there struct{ *client.Client }

// Page implements asking.
func (t there) Page(ctx context.Context, q question.Question) (*question.Answer, error) {
	return t.Query(ctx, q)
}

// Parts implements asking.
func (t there) Parts(ctx context.Context, q question.Question, fn func(question.Part) error) error {
	return t.QueryAll(ctx, q, func(_ context.Context, part question.Part) error { return fn(part) })
}

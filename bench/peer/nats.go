// Package peer runs the systems that tongbu is measured beside, each on this
// machine and with its own durable settings.
package peer

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// NATS is a hub and its leaf nodes, each an embedded server with JetStream on
// files.
type NATS struct {
	hub    *server.Server
	leaves []*server.Server
	dir    string
	sync   bool
}

// StartNATS starts a hub with n leaves. always has every message synced to
// the disk; else the server syncs when its default interval says.
func StartNATS(dir string, n int, always bool) (*NATS, error) {
	p := &NATS{dir: dir, sync: always}
	opts := p.options("hub")
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	opts.LeafNode = server.LeafNodeOpts{Host: "127.0.0.1", Port: port}
	hub := []*url.URL{{Scheme: "nats-leaf", Host: fmt.Sprintf("127.0.0.1:%d", port)}}
	if p.hub, err = run(opts); err != nil {
		return nil, err
	}
	for i := range n {
		opts := p.options(fmt.Sprintf("leaf%d", i))
		opts.LeafNode.Remotes = []*server.RemoteLeafOpts{{URLs: hub}}
		leaf, err := run(opts)
		if err != nil {
			return nil, errors.Join(err, p.Close())
		}
		p.leaves = append(p.leaves, leaf)
	}
	return p, nil
}

func (p *NATS) options(name string) *server.Options {
	return &server.Options{ServerName: name, Host: "127.0.0.1", Port: -1, JetStream: true, JetStreamDomain: name, NoSigs: true, NoLog: true,
		StoreDir: filepath.Join(p.dir, name), SyncAlways: p.sync, JetStreamMaxStore: 8 << 30, JetStreamMaxMemory: 1 << 30}
}

func run(opts *server.Options) (*server.Server, error) {
	s, err := server.NewServer(opts)
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		s.Shutdown()
		return nil, errors.New("nats: a server is not ready")
	}
	return s, nil
}

// Fill publishes each leaf's messages into the leaf's own stream and returns
// when all are stored.
func (p *NATS) Fill(ctx context.Context, messages [][][]byte) error {
	for i, leaf := range p.leaves {
		if err := fill(ctx, leaf, fmt.Sprintf("L%d", i), messages[i]); err != nil {
			return fmt.Errorf("nats: fill leaf %d: %w", i, err)
		}
	}
	return nil
}

func fill(ctx context.Context, s *server.Server, name string, messages [][]byte) error {
	conn, err := nats.Connect(s.ClientURL())
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(4096))
	if err != nil {
		return err
	}
	subject := "changes." + name
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: name, Subjects: []string{subject}, Storage: jetstream.FileStorage}); err != nil {
		return err
	}
	for _, m := range messages {
		if _, err := js.PublishAsync(subject, m, jetstream.WithStallWait(time.Minute)); err != nil {
			return err
		}
	}
	select {
	case <-js.PublishAsyncComplete():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Gather makes the hub's stream, which sources those of all leaves, and
// returns how long it took until the hub has stored want messages.
func (p *NATS) Gather(ctx context.Context, want uint64) (time.Duration, error) {
	conn, err := nats.Connect(p.hub.ClientURL())
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return 0, err
	}
	var sources []*jetstream.StreamSource
	for i := range p.leaves {
		sources = append(sources, &jetstream.StreamSource{Name: fmt.Sprintf("L%d", i), Domain: fmt.Sprintf("leaf%d", i)})
	}
	_ = js.DeleteStream(ctx, "HUB") // none at first
	start := time.Now()
	stream, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "HUB", Sources: sources, Storage: jetstream.FileStorage})
	if err != nil {
		return 0, err
	}
	for {
		info, err := stream.Info(ctx)
		if err != nil {
			return 0, err
		}
		if info.State.Msgs >= want {
			return time.Since(start), nil
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("nats: %d of %d messages arrived: %w", info.State.Msgs, want, ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// Close stops all servers and removes their files.
func (p *NATS) Close() error {
	for _, s := range append(p.leaves, p.hub) {
		s.Shutdown()
		s.WaitForShutdown()
	}
	return os.RemoveAll(p.dir)
}

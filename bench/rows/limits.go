package rows

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"tongbu/bench/table"
	pb "tongbu/proto/tongbu/v1"
)

// Limits measures what the machine itself can do: nothing above it is faster.
func Limits(ctx context.Context, e *Env) ([]table.Entry, error) {
	syncs, err := fsyncs(e.Dir, e.size(200, 2000, 2000))
	if err != nil {
		return nil, err
	}
	e.Fsync = table.Percentile(syncs, 0.5)
	bolt, err := boltCommits(e.Dir, e.size(200, 2000, 2000))
	if err != nil {
		return nil, err
	}
	stream, err := rawStream(ctx, e.size(64, 512, 512))
	if err != nil {
		return nil, err
	}
	return []table.Entry{
		table.Told("one fsync of 4 KiB, median", e.Fsync, "ms"),
		table.Told("one fsync of 4 KiB, p99", table.Percentile(syncs, 0.99), "ms"),
		table.Told("one bbolt commit of 300 B, median", table.Percentile(bolt, 0.5), "ms"),
		table.Told("one gRPC stream over loopback, messages of 64 KiB", stream, "MB/s"),
	}, nil
}

// fsyncs times appends of 4 KiB, each synced.
func fsyncs(dir string, n int) ([]time.Duration, error) {
	f, err := newSyncFile(dir)
	if err != nil {
		return nil, err
	}
	defer f.close()
	times := make([]time.Duration, n)
	for i := range times {
		if times[i], err = f.once(); err != nil {
			return nil, err
		}
	}
	return times, nil
}

// syncFile is a file that grows by a synced page at a time.
type syncFile struct {
	*os.File
	page [4096]byte
}

func newSyncFile(dir string) (*syncFile, error) {
	f, err := os.CreateTemp(dir, "fsync-")
	return &syncFile{File: f}, err
}

func (f *syncFile) once() (time.Duration, error) {
	start := time.Now()
	if _, err := f.Write(f.page[:]); err != nil {
		return 0, err
	}
	err := datasync(f.File)
	return time.Since(start), err
}

func (f *syncFile) close() { _, _ = f.Close(), os.Remove(f.Name()) }

func boltCommits(dir string, n int) ([]time.Duration, error) {
	path := filepath.Join(dir, "raw.db")
	defer func() { _ = os.Remove(path) }()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	value, times := make([]byte, 300), make([]time.Duration, n)
	for i := range times {
		start := time.Now()
		err := db.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte("b"))
			if err != nil {
				return err
			}
			return b.Put(fmt.Appendf(nil, "%08d", i), value)
		})
		if err != nil {
			return nil, err
		}
		times[i] = time.Since(start)
	}
	return times, nil
}

// sink takes batches of a stream and forgets them.
type sink struct {
	pb.UnimplementedSyncServiceServer
}

func (sink) Sync(stream pb.SyncService_SyncServer) error {
	for {
		if _, err := stream.Recv(); err != nil {
			return stream.Send(&pb.SyncResponse{})
		}
	}
}

// rawStream sends megabytes of batches over plain gRPC and returns MB/s.
func rawStream(ctx context.Context, megabytes int) (float64, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	server := grpc.NewServer()
	pb.RegisterSyncServiceServer(server, sink{})
	go func() { _ = server.Serve(l) }() // ends with Stop
	defer server.Stop()
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }()
	stream, err := pb.NewSyncServiceClient(conn).Sync(ctx)
	if err != nil {
		return 0, err
	}
	const size = 64 << 10
	frame := &pb.SyncRequest{Frame: &pb.Frame{Body: &pb.Frame_Batch{Batch: &pb.Batch{Sealed: make([]byte, size)}}}}
	start := time.Now()
	for range megabytes << 20 / size {
		if err := stream.Send(frame); err != nil {
			return 0, err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return 0, err
	}
	if _, err := stream.Recv(); err != nil {
		return 0, err
	}
	return float64(megabytes<<20) / 1e6 / time.Since(start).Seconds(), nil
}

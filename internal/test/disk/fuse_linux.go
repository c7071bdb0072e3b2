package disk

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"io"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// Names of the files by which the test speaks to the file system; they hold
// nothing and are not recorded as files.
const (
	markFile = ".mark" // written: recorded as a Mark
	failFile = ".fail" // written: an order in JSON
)

// maxWrite is the largest write the kernel passes on in one piece, in bytes.
const maxWrite = 1 << 20

// order asks for a failure: the call At, counted from 1 and from the order on,
// of those that write or sync fails.
type order struct {
	At    int           `json:"at"` // 0: none
	Errno syscall.Errno `json:"errno"`
	Stay  bool          `json:"stay"` // all later calls fail too
}

// server is one flat directory of files in memory.
type server struct {
	mu    sync.Mutex // guards all below, and the bytes of the files
	log   *gob.Encoder
	files int
	fail  order
	calls int // since the order
}

func newServer(log io.Writer) *server { return &server{log: gob.NewEncoder(log)} }

func (s *server) record(op Op) syscall.Errno {
	if err := s.log.Encode(op); err != nil {
		return syscall.EIO
	}
	return 0
}

// failing says whether this call must fail.
func (s *server) failing() syscall.Errno {
	s.calls++
	if s.fail.At > 0 && (s.calls == s.fail.At || s.fail.Stay && s.calls > s.fail.At) {
		return s.fail.Errno
	}
	return 0
}

// change records an operation that may be ordered to fail, and does it.
func (s *server) change(op Op, do func()) syscall.Errno {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errno := s.failing(); errno != 0 {
		return errno
	}
	do()
	return s.record(op)
}

// root is the directory.
type root struct {
	fs.Inode
	s *server
}

var (
	_ fs.NodeCreater   = (*root)(nil)
	_ fs.NodeRenamer   = (*root)(nil)
	_ fs.NodeUnlinker  = (*root)(nil)
	_ fs.NodeFsyncer   = (*root)(nil)
	_ fs.NodeSymlinker = (*root)(nil)
	_ fs.NodeOnAdder   = (*root)(nil)
)

// OnAdd implements fs.NodeOnAdder.
func (r *root) OnAdd(ctx context.Context) {
	for _, name := range []string{markFile, failFile} {
		r.AddChild(name, r.NewPersistentInode(ctx, &control{s: r.s, name: name}, fs.StableAttr{}), true)
	}
}

// Create implements fs.NodeCreater.
func (r *root) Create(ctx context.Context, name string, _, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.s.files++
	f := &file{s: r.s, id: r.s.files, mode: mode}
	node := r.NewPersistentInode(ctx, f, fs.StableAttr{})
	r.AddChild(name, node, true)
	f.attr(&out.Attr)
	return node, nil, fuse.FOPEN_KEEP_CACHE, r.s.record(Op{Kind: Create, File: f.id, Name: name})
}

// Rename implements fs.NodeRenamer; the caller's tree moves the name.
func (r *root) Rename(_ context.Context, name string, _ fs.InodeEmbedder, to string, _ uint32) syscall.Errno {
	return r.s.change(Op{Kind: Rename, Name: name, To: to}, func() {})
}

// Unlink implements fs.NodeUnlinker.
func (r *root) Unlink(_ context.Context, name string) syscall.Errno {
	return r.s.change(Op{Kind: Remove, Name: name}, func() {})
}

// Fsync implements fs.NodeFsyncer for the directory itself.
func (r *root) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	return r.s.change(Op{Kind: SyncDir}, func() {})
}

// Symlink implements fs.NodeSymlinker: what a program only reads may lie
// elsewhere, and is not recorded.
func (r *root) Symlink(ctx context.Context, target, name string, _ *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	node := r.NewPersistentInode(ctx, &fs.MemSymlink{Data: []byte(target)}, fs.StableAttr{Mode: fuse.S_IFLNK})
	r.AddChild(name, node, true)
	return node, 0
}

// file is a file in memory.
type file struct {
	fs.Inode
	s    *server
	id   int
	mode uint32
	data []byte
}

var (
	_ fs.NodeOpener    = (*file)(nil)
	_ fs.NodeReader    = (*file)(nil)
	_ fs.NodeWriter    = (*file)(nil)
	_ fs.NodeFsyncer   = (*file)(nil)
	_ fs.NodeGetattrer = (*file)(nil)
	_ fs.NodeSetattrer = (*file)(nil)
)

func (f *file) attr(a *fuse.Attr) {
	a.Mode = fuse.S_IFREG | f.mode&0o777
	a.Size = uint64(len(f.data))
	a.Nlink = 1
}

// Open implements fs.NodeOpener.
func (f *file) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_KEEP_CACHE, 0
}

// Read implements fs.NodeReader.
func (f *file) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	n := 0
	if off < int64(len(f.data)) {
		n = copy(dest, f.data[off:])
	}
	return fuse.ReadResultData(dest[:n]), 0
}

// Write implements fs.NodeWriter.
func (f *file) Write(_ context.Context, _ fs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	errno := f.s.change(Op{Kind: Write, File: f.id, Off: off, Data: data}, func() { f.data = overwrite(f.data, off, data) })
	if errno != 0 {
		return 0, errno
	}
	return uint32(len(data)), 0
}

// Fsync implements fs.NodeFsyncer.
func (f *file) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	return f.s.change(Op{Kind: Sync, File: f.id}, func() {})
}

// Getattr implements fs.NodeGetattrer.
func (f *file) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	f.attr(&out.Attr)
	return 0
}

// Setattr implements fs.NodeSetattrer: the size and the mode can be set.
func (f *file) Setattr(ctx context.Context, h fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	if size, ok := in.GetSize(); ok {
		op := Op{Kind: Truncate, File: f.id, Off: int64(size)}
		if errno := f.s.change(op, func() { f.data = resize(f.data, int64(size)) }); errno != 0 {
			return errno
		}
	}
	if mode, ok := in.GetMode(); ok {
		f.s.mu.Lock()
		f.mode = mode
		f.s.mu.Unlock()
	}
	return f.Getattr(ctx, h, out)
}

// control is a file by which the test speaks to the file system.
type control struct {
	fs.Inode
	s    *server
	name string
}

var (
	_ fs.NodeOpener    = (*control)(nil)
	_ fs.NodeWriter    = (*control)(nil)
	_ fs.NodeSetattrer = (*control)(nil)
)

// Open implements fs.NodeOpener.
func (*control) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

// Setattr implements fs.NodeSetattrer: opening for writing truncates.
func (*control) Setattr(context.Context, fs.FileHandle, *fuse.SetAttrIn, *fuse.AttrOut) syscall.Errno {
	return 0
}

// Write implements fs.NodeWriter.
func (c *control) Write(_ context.Context, _ fs.FileHandle, data []byte, _ int64) (uint32, syscall.Errno) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	errno := syscall.Errno(0)
	if c.name == markFile {
		errno = c.s.record(Op{Kind: Mark, Name: string(data)})
	} else {
		c.s.calls = 0
		if json.Unmarshal(data, &c.s.fail) != nil {
			errno = syscall.EINVAL
		}
	}
	return uint32(len(data)), errno
}

// mountAt mounts an empty recording directory.
func mountAt(dir string, log io.Writer) (*fuse.Server, error) {
	long := time.Hour // nobody but the kernel changes names and sizes
	opts := &fs.Options{EntryTimeout: &long, AttrTimeout: &long, MountOptions: fuse.MountOptions{
		DirectMountStrict: true, MaxWrite: maxWrite, DisableXAttrs: true, ExplicitDataCacheControl: true,
		FsName: "tongbu-disk", Name: "tongbu-disk"}}
	return fs.Mount(dir, &root{s: newServer(log)}, opts)
}

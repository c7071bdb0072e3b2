package identity

import (
	"os"
	"path/filepath"
	"runtime"

	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
)

const (
	dirMode = 0o700
	// maxFile bounds what is read back of a file of ours, in bytes.
	maxFile = 1 << 20
)

// writeFile replaces a file so that after a power cut either the old or the
// new bytes are there, readable by the owner only.
func writeFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*") // made with mode 0600
	if err != nil {
		return fault.Wrap("write an identity file", err)
	}
	defer os.Remove(temp.Name()) //nolint:errcheck // gone already when all went well
	failpoint.Reach("identity.file.temp")
	if err := fill(temp, data); err != nil {
		return fault.Wrap("write an identity file", err)
	}
	if err := failpoint.Fail("identity.file.synced"); err != nil {
		return fault.Wrap("write an identity file", err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return fault.Wrap("write an identity file", err)
	}
	failpoint.Reach("identity.file.renamed")
	err = syncDir(dir)
	failpoint.Reach("identity.file.lasting")
	return err
}

func fill(f *os.File, data []byte) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// syncDir makes a rename durable; Windows cannot sync a directory and keeps
// renames in its journal.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fault.Wrap("sync a directory", err)
	}
	defer d.Close() //nolint:errcheck // only read
	return fault.Wrap("sync a directory", d.Sync())
}

// makeDir makes a directory of ours, closed to others also when it was open.
func makeDir(dir string) error {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return fault.Wrap("make an identity directory", err)
	}
	if err := os.Chmod(dir, dirMode); err != nil {
		return fault.Wrap("make an identity directory", err)
	}
	return syncDir(filepath.Dir(dir))
}

// readFile returns NotFound when the file is missing.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.Wrap("read an identity file", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fault.New(fault.Damaged, "%s is not a file of ours", filepath.Base(path))
	}
	raw, err := os.ReadFile(path)
	return raw, fault.Wrap("read an identity file", err)
}

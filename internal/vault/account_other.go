//go:build !windows

package vault

import (
	"os"
	"syscall"

	"tongbu/internal/fault"
)

// owns reports whether a directory is there and this process's user's.
func owns(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return false
	}
	stat, known := info.Sys().(*syscall.Stat_t)
	return known && int64(stat.Uid) == int64(os.Geteuid())
}

// account is Windows' own; see account_windows.go.
type account struct{}

func (account) makeSecret(*form, Options) ([]byte, error) { return nil, noAccounts() }

func (account) readSecret(*form, Options) ([]byte, error) { return nil, noAccounts() }

func noAccounts() error {
	return fault.New(fault.Unsupported, "dpapi is there on Windows only").WithHint("a directory made with it opens on its own computer; elsewhere use file, passphrase or systemd")
}

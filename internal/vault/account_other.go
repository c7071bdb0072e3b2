//go:build !windows

package vault

import "tongbu/internal/fault"

// account is Windows' own; see account_windows.go.
type account struct{}

func (account) makeSecret(*form, Options) ([]byte, error) { return nil, noAccounts() }

func (account) readSecret(*form, Options) ([]byte, error) { return nil, noAccounts() }

func noAccounts() error {
	return fault.New(fault.Unsupported, "dpapi is there on Windows only").WithHint("a directory made with it opens on its own computer; elsewhere use file, passphrase or systemd")
}

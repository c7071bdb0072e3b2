package vault

import (
	"bytes"
	"unsafe"

	"golang.org/x/sys/windows"

	"tongbu/internal/fault"
)

// owns is for systems with a place for such keys.
func owns(string) bool { return false }

// account keeps the secret under the Windows account that runs the program
// (DPAPI): it opens for that account on that computer only.
type account struct{}

func (account) makeSecret(f *form, _ Options) ([]byte, error) {
	secret, err := newKey()
	if err != nil {
		return nil, err
	}
	f.Protected, err = dpapi(secret[:], func(in, out *windows.DataBlob) error {
		return windows.CryptProtectData(in, nil, nil, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, out)
	})
	return secret[:], fault.Wrap("protect the key", err)
}

func (account) readSecret(f *form, _ Options) ([]byte, error) {
	secret, err := dpapi(f.Protected, func(in, out *windows.DataBlob) error {
		return windows.CryptUnprotectData(in, nil, nil, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, out)
	})
	if err != nil {
		return nil, fault.As(fault.Denied, "Windows does not open the key", err).
			WithHint("run it under the account, and on the computer, that made the directory")
	}
	return secret, nil
}

// dpapi calls one of the two functions and copies what it allocated.
func dpapi(in []byte, call func(in, out *windows.DataBlob) error) ([]byte, error) {
	if len(in) == 0 {
		return nil, fault.New(fault.Damaged, "%s has no protected key", File)
	}
	var out windows.DataBlob
	if err := call(&windows.DataBlob{Size: uint32(len(in)), Data: &in[0]}, &out); err != nil {
		return nil, err
	}
	defer windows.LocalFree(windows.Handle(unsafe.Pointer(out.Data))) //nolint:errcheck // nothing to do about it
	made := unsafe.Slice(out.Data, out.Size)
	secret := bytes.Clone(made)
	clear(made)
	return secret, nil
}

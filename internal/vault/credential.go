package vault

import (
	"path/filepath"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

// minCredential is the least length of a credential, in bytes: it is not
// stretched, so it must be random.
const minCredential = 32

// credential has the secret from systemd, which may keep it in a TPM
// (systemd-creds encrypt, LoadCredentialEncrypted=).
type credential struct{}

func (c credential) makeSecret(f *form, o Options) ([]byte, error) { return c.readSecret(f, o) }

func (credential) readSecret(f *form, o Options) ([]byte, error) {
	if o.Credentials == "" {
		return nil, fault.New(fault.Denied, "systemd has passed no credentials").
			WithHint("set LoadCredentialEncrypted=%s in the unit, or run it by systemd-run -p LoadCredential=%s:FILE", f.Name, f.Name)
	}
	secret, err := durable.ReadFile(filepath.Join(o.Credentials, f.Name), maxFile)
	if fault.Of(err) == fault.NotFound {
		return nil, fault.New(fault.Denied, "systemd has passed no credential %s", f.Name).WithHint("set LoadCredentialEncrypted=%s in the unit", f.Name)
	}
	if err == nil && len(secret) < minCredential {
		return nil, fault.New(fault.Invalid, "the credential %s has %d bytes, fewer than %d", f.Name, len(secret), minCredential).
			WithHint("make it of random bytes: head -c 32 /dev/urandom")
	}
	return secret, fault.Wrap("read the credential", err)
}

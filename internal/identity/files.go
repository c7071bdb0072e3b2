package identity

import (
	"path/filepath"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

// maxFile bounds what is read back of a file of ours, in bytes.
const maxFile = 1 << 20

// readFile returns NotFound when the file is missing.
func readFile(path string) ([]byte, error) {
	raw, err := durable.ReadFile(path, maxFile)
	return raw, fault.Wrap("read an identity file", err)
}

func writeFile(path string, data []byte) error {
	return fault.Wrap("write an identity file", durable.WriteFile(path, data))
}

// KeyFiles are the files of a directory that hold private keys.
func KeyFiles(dir string) []string {
	keys := []string{filepath.Join(dir, identityDir, deviceKeyFile)}
	pages, _ := filepath.Glob(filepath.Join(dir, identityDir, ownServerKey)) // there is none where no other computer is shown pages
	keys = append(keys, pages...)
	authority, _ := filepath.Glob(filepath.Join(dir, authorityDir, "*.key")) // the pattern is one
	return append(keys, authority...)
}

// Encrypted reports whether the directory has a private key that only its
// vault opens.
func Encrypted(dir string) bool {
	raw, err := readFile(filepath.Join(dir, identityDir, deviceKeyFile))
	return err == nil && isSealed(raw)
}

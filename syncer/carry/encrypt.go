package carry

import (
	"crypto/ed25519"
	"errors"
	"io"
	"math"
	"slices"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// MaxReaders is how many devices a file is encrypted to at most: each takes 110
// bytes of the file and two multiplications on the curve of its reader.
const MaxReaders = 500

// maxKeys bounds what stands before the encrypted text, in bytes: for MaxReaders it
// has 56,000.
const maxKeys = 64 << 10

// Reader is a device that may read a file.
type Reader struct {
	Device change.DeviceID
	Key    ed25519.PublicKey
}

// recipient is a reader whose key can be encrypted to.
type recipient struct {
	device change.DeviceID
	key    age.Recipient
}

// newRecipient returns nil for a key that is none, another device's, or a point of
// small order: it must not keep the others from their file.
func newRecipient(r Reader) *recipient {
	if len(r.Key) != ed25519.PublicKeySize || change.DeviceOf(r.Key) != r.Device {
		return nil
	}
	public, err := ssh.NewPublicKey(r.Key)
	if err != nil {
		return nil
	}
	key, err := agessh.NewEd25519Recipient(public)
	if err != nil {
		return nil
	}
	if _, err := key.Wrap(make([]byte, 16)); err != nil {
		return nil
	}
	return &recipient{device: r.Device, key: key}
}

// recipientsOf are those that can be encrypted to. It returns Invalid for more than
// MaxReaders, NotFound when there is none.
func recipientsOf(readers []Reader) ([]*recipient, error) {
	if len(readers) > MaxReaders {
		return nil, fault.New(fault.Invalid, "a file for %d devices, more than %d", len(readers), MaxReaders)
	}
	var all []*recipient
	for _, r := range readers {
		if x := newRecipient(r); x != nil {
			all = append(all, x)
		}
	}
	if len(all) == 0 {
		return nil, fault.New(fault.NotFound, "no device is known here that could read the file").
			WithHint("one must have joined there; a site that does not know its hubs yet takes in a file of theirs first (tongbu carry out --for)")
	}
	return all, nil
}

func encrypt(out io.Writer, readers []*recipient) (io.WriteCloser, error) {
	keys := make([]age.Recipient, len(readers))
	for i, r := range readers {
		keys[i] = r.key
	}
	sealed, err := age.Encrypt(out, keys...)
	return sealed, fault.Wrap("encrypt a carried file", err)
}

// decrypt returns Denied when the file is not encrypted to the key.
func decrypt(sealed io.Reader, key ed25519.PrivateKey) (io.Reader, error) {
	identity, err := agessh.NewEd25519Identity(key)
	if err != nil {
		return nil, fault.As(fault.Internal, "use the device's key", err)
	}
	keys := &bounded{Reader: sealed, left: maxKeys}
	plain, err := age.Decrypt(keys, identity)
	keys.left = math.MaxInt // what follows is read block by block
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, errNotForThis()
	}
	if err != nil { // its text may quote what it has read
		return nil, damaged(errors.New("its keys cannot be read"))
	}
	return plain, nil
}

// bounded reads at most so many bytes.
type bounded struct {
	io.Reader
	left int
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, errors.New("too long")
	}
	n, err := b.Reader.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

func errNotForThis() error {
	return fault.New(fault.Denied, "the file is not for this device: it is of this unit itself, for another unit, or of another network, or its writer did not know of this device").
		WithHint("write it again there, with --for if it is to go down; a site that does not know this device takes in a file from here first")
}

// checkReader checks that the writer, too, meant the device: a reader can encrypt
// to others what was signed for itself.
func checkReader(h Header, own change.DeviceID) error {
	if h.Format == Format && !slices.Contains(h.Readers, own) {
		return errNotForThis()
	}
	return nil
}

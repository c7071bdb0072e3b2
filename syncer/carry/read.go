package carry

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"slices"

	"tongbu/internal/fault"
	"tongbu/syncer"
	"tongbu/syncer/wire"
)

// reader reads a file whose head has been read. It has one part in memory at a
// time, whatever the size of the file.
type reader struct {
	header    Header
	signed    []byte // the header, as its signature covers it; nil in a clear file
	signature []byte
	domain    string    // of the signature at the end
	in        io.Reader // what follows; it is summed
	plain     io.Reader // the same, not summed
	sum       hash.Hash
	part      []byte // the last one read; the next takes its place
}

// open reads the head of a file. It returns Damaged for what is no carried file,
// Unsupported for a later format, and Denied when the key is not of a device that
// may read it.
func open(from io.Reader, key ed25519.PrivateKey) (*reader, error) {
	buffered := bufio.NewReaderSize(from, 64<<10)
	r := &reader{sum: sha256.New(), domain: clearDomain, plain: buffered}
	r.in = io.TeeReader(buffered, r.sum)
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(r.in, head); err != nil || string(head) != magic {
		return nil, damaged(errors.Join(errors.New("it does not begin like one"), err))
	}
	if _, err := r.readHeader(); err != nil {
		return nil, err
	}
	if r.header.Format == Format {
		if err := r.openSealed(buffered, key); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(r.header.Unit.Validate(), r.header.Device.Validate()); err != nil {
		return nil, damaged(err)
	}
	return r, nil
}

// openSealed reads the encrypted part of the head.
func (r *reader) openSealed(sealed io.Reader, key ed25519.PrivateKey) (err error) {
	if r.plain, err = decrypt(sealed, key); err != nil {
		return err
	}
	r.in, r.domain, r.header = io.TeeReader(r.plain, r.sum), domain, Header{}
	if r.signed, err = r.readHeader(); err != nil {
		return err
	}
	r.signature = make([]byte, ed25519.SignatureSize)
	if _, err := io.ReadFull(r.in, r.signature); err != nil || r.header.Format != Format {
		return damaged(err)
	}
	return nil
}

func (r *reader) readHeader() ([]byte, error) {
	part, err := r.readPart(maxHeader)
	if err != nil {
		return nil, err
	}
	raw := bytes.Clone(part)
	switch err := json.Unmarshal(raw, &r.header); {
	case err != nil:
		return nil, damaged(err)
	case r.header.Format > Format:
		return nil, fault.New(fault.Unsupported, "the carried file has format %d, this program reads %d", r.header.Format, Format).
			WithHint("update this program")
	case r.header.Format < clearFormat:
		return nil, damaged(errors.New("it has no format"))
	}
	return raw, nil
}

// checkHeader checks the header's own signature; a clear file has none.
func (r *reader) checkHeader(key ed25519.PublicKey) error {
	if r.signed != nil && !ed25519.Verify(key, append([]byte(headerDomain), r.signed...), r.signature) {
		return errNotSigned()
	}
	return nil
}

// checkBody reads the file to its end and checks checksum and signature. It
// interprets nothing that it reads.
func (r *reader) checkBody(key ed25519.PublicKey) error {
	for {
		n, err := r.readLength(maxFrame)
		if err != nil {
			return err
		}
		if n == 0 {
			return r.checkEnd(key)
		}
		if _, err := io.CopyN(io.Discard, r.in, int64(n)); err != nil {
			return damaged(err)
		}
	}
}

func (r *reader) checkEnd(key ed25519.PublicKey) error {
	sum := r.sum.Sum(nil)
	end := make([]byte, sha256.Size+ed25519.SignatureSize)
	if _, err := io.ReadFull(r.plain, end); err != nil {
		return damaged(err)
	}
	if !bytes.Equal(end[:sha256.Size], sum) {
		return damaged(errors.New("the checksum is wrong"))
	}
	if n, err := io.ReadFull(r.plain, make([]byte, 1)); n > 0 || err != io.EOF {
		return damaged(errors.Join(errors.New("something follows its end"), err))
	}
	if !ed25519.Verify(key, append([]byte(r.domain), sum...), end[sha256.Size:]) {
		return errNotSigned()
	}
	return nil
}

// each passes each message to handle, and returns what that returns.
func (r *reader) each(handle func(syncer.Message) error) error {
	for {
		raw, err := r.readPart(maxFrame)
		if err != nil || len(raw) == 0 {
			return err
		}
		m, err := wire.Unmarshal(raw)
		if err != nil {
			return unreadable(err)
		}
		if err := handle(m); err != nil {
			return err
		}
	}
}

func (r *reader) readLength(limit uint32) (uint32, error) {
	var size [4]byte
	if _, err := io.ReadFull(r.in, size[:]); err != nil {
		return 0, damaged(err)
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > limit {
		return 0, damaged(errors.New("a part is too long"))
	}
	return n, nil
}

// readPart returns bytes that are good until the next one is read.
func (r *reader) readPart(limit uint32) ([]byte, error) {
	n, err := r.readLength(limit)
	if err != nil {
		return nil, err
	}
	r.part = slices.Grow(r.part[:0], int(n))[:n]
	if _, err := io.ReadFull(r.in, r.part); err != nil {
		return nil, damaged(err)
	}
	return r.part, nil
}

func damaged(err error) error {
	return fault.As(fault.Damaged, "the file is no carried file, or it is cut or damaged; nothing of it was applied", err).
		WithHint("copy it again, or write it again with tongbu carry out")
}

// unreadable is a part that its writer has signed and that is none: a defect of the
// writer, and no damage on the way.
func unreadable(err error) error {
	return fault.As(fault.Damaged, "a part of the carried file cannot be read; what stands before it is applied", err).
		WithHint("update the older of the two programs and write the file again")
}

func errNotSigned() error {
	return fault.New(fault.Damaged, "the file is not signed by its writer")
}

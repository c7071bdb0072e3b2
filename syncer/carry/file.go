// Package carry replicates between two directories without a line, by a file.
// The file holds what one end of a link would send: who wrote it, how far it has
// each stream, certificates, receipts and batches, and at the end a checksum of
// all that, signed by the writing device. A reader checks everything as on a
// link; a truncated file is refused before anything of it is applied.
package carry

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash"
	"io"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
	"tongbu/syncer/wire"
)

// Format is the version of the file; a later one is refused.
const Format = 1

// Parts of the file: the magic, the header in JSON, frames, an empty frame,
// the checksum, the signature. The header and each frame follow their length in 4
// bytes, big-endian.
const (
	magic     = "tongbu-carry\n"
	domain    = "tongbu/carry/1\n"
	maxHeader = 32 << 10
	maxFrame  = 1 << 20
)

// Header says whose file it is and for whom.
type Header struct {
	Format      int             `json:"format"`
	Network     string          `json:"network"`
	Unit        change.UnitID   `json:"unit"` // of the writer
	Device      change.DeviceID `json:"device"`
	Certificate []byte          `json:"certificate"`   // of the writer, DER
	For         change.UnitID   `json:"for,omitempty"` // empty: any hub above the writer
	Written     int64           `json:"written_ms"`    // the writer's clock; decides nothing
}

// writer writes a file.
type writer struct {
	out io.Writer
	sum hash.Hash
}

func newWriter(out io.Writer, h Header) (*writer, error) {
	w := &writer{sum: sha256.New()}
	w.out = io.MultiWriter(out, w.sum)
	raw, err := json.Marshal(h)
	if err != nil {
		return nil, fault.As(fault.Internal, "write a carried file", err)
	}
	if _, err := io.WriteString(w.out, magic); err != nil {
		return nil, fault.Wrap("write a carried file", err)
	}
	return w, w.writePart(raw)
}

func (w *writer) writePart(raw []byte) error {
	_, err := w.out.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(raw))), raw...))
	return fault.Wrap("write a carried file", err)
}

func (w *writer) writeMessage(m syncer.Message) error {
	raw, err := wire.Marshal(m)
	if err != nil {
		return err
	}
	return w.writePart(raw)
}

// close writes the trailer; without it the file is refused.
func (w *writer) close(key ed25519.PrivateKey) error {
	if err := w.writePart(nil); err != nil {
		return err
	}
	sum := w.sum.Sum(nil)
	_, err := w.out.Write(append(bytes.Clone(sum), ed25519.Sign(key, append([]byte(domain), sum...))...))
	return fault.Wrap("write a carried file", err)
}

// trailer is the end of a file that was read.
type trailer struct{ sum, signature []byte }

// signedBy reports whether the key signed the file.
func (t *trailer) signedBy(key ed25519.PublicKey) bool {
	return ed25519.Verify(key, append([]byte(domain), t.sum...), t.signature)
}

// read reads a file to its end and passes each message to handle. What handle
// was given is genuine only if read returns no error: the checksum comes last.
// It returns Damaged for a file that is truncated, altered or no carried file,
// Unsupported for a later format, and what handle returns.
func read(r io.Reader, handle func(syncer.Message) error) (Header, *trailer, error) {
	sum := sha256.New()
	in := io.TeeReader(r, sum)
	h, err := readHeader(in)
	if err != nil {
		return h, nil, err
	}
	for {
		raw, err := readPart(in, maxFrame)
		if err != nil {
			return h, nil, err
		}
		if len(raw) == 0 {
			break
		}
		m, err := wire.Unmarshal(raw)
		if err != nil {
			return h, nil, damaged(err)
		}
		if err := handle(m); err != nil {
			return h, nil, err
		}
	}
	t, err := readTrailer(r, sum.Sum(nil))
	return h, t, err
}

func readHeader(in io.Reader) (h Header, err error) {
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(in, head); err != nil || string(head) != magic {
		return h, damaged(errors.Join(errors.New("it does not begin like one"), err))
	}
	raw, err := readPart(in, maxHeader)
	if err != nil {
		return h, err
	}
	if err := json.Unmarshal(raw, &h); err != nil {
		return h, damaged(err)
	}
	if h.Format > Format {
		return h, fault.New(fault.Unsupported, "the carried file has format %d, this program reads %d", h.Format, Format).
			WithHint("update this program")
	}
	if err := errors.Join(h.Unit.Validate(), h.Device.Validate()); err != nil || h.Format < 1 {
		return h, damaged(err)
	}
	return h, nil
}

func readPart(in io.Reader, limit uint32) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(in, size[:]); err != nil {
		return nil, damaged(err)
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > limit {
		return nil, damaged(errors.New("a part is too long"))
	}
	raw := make([]byte, n)
	if _, err := io.ReadFull(in, raw); err != nil {
		return nil, damaged(err)
	}
	return raw, nil
}

func readTrailer(r io.Reader, sum []byte) (*trailer, error) {
	end := make([]byte, sha256.Size+ed25519.SignatureSize)
	if _, err := io.ReadFull(r, end); err != nil {
		return nil, damaged(err)
	}
	if !bytes.Equal(end[:sha256.Size], sum) {
		return nil, damaged(errors.New("the checksum is wrong"))
	}
	if n, err := io.ReadFull(r, make([]byte, 1)); n > 0 || err != io.EOF {
		return nil, damaged(errors.Join(errors.New("something follows its end"), err))
	}
	return &trailer{sum: sum, signature: end[sha256.Size:]}, nil
}

func damaged(err error) error {
	return fault.As(fault.Damaged, "the file is no carried file, or it is cut or damaged; nothing of it was applied", err).
		WithHint("copy it again, or write it again with tongbu carry out")
}

// Package carry replicates between two directories without a line, by a file.
// The file holds what one end of a link would send: who wrote it, how far it has
// each stream, certificates, receipts and batches, and at the end a checksum of
// all that, signed by the writing device. It is encrypted to the devices that may
// read it. A reader checks everything as on a link; a truncated file is refused
// before anything of it is applied. DESIGN.md has the form and its bounds.
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

// Format is the version of the file; a later one is refused. Files of version 1,
// which are in the clear, are still read.
const (
	Format      = 2
	clearFormat = 1
)

// Parts of the file: the magic, its format in JSON, and encrypted the header in
// JSON, the header's signature, frames, an empty frame, the checksum, the
// signature. Format, header and each frame follow their length in 4 bytes,
// big-endian. A clear file has the header in place of the format.
const (
	magic        = "tongbu-carry\n"
	domain       = "tongbu/carry/2\n"
	headerDomain = "tongbu/carry/2/header\n"
	clearDomain  = "tongbu/carry/1\n"
)

// Bounds of the parts, in bytes.
const (
	maxHeader = 32 << 10 // MaxReaders names and a certificate have half of it
	maxFrame  = 1 << 20  // a batch has at most change.MaxBatch
)

// HeadSize is so much of a file, in bytes, as Inspect needs to see of it: the keys
// for MaxReaders, and the two blocks of the encryption that the header may lie in.
const HeadSize = 256 << 10

// Header says whose file it is, for whom, and who may read it.
type Header struct {
	Format      int               `json:"format"`
	Network     string            `json:"network,omitempty"`
	Unit        change.UnitID     `json:"unit,omitempty"` // of the writer
	Device      change.DeviceID   `json:"device,omitempty"`
	Certificate []byte            `json:"certificate,omitempty"` // of the writer, DER
	For         change.UnitID     `json:"for,omitempty"`         // empty: any hub above the writer
	Readers     []change.DeviceID `json:"readers,omitempty"`
	Written     int64             `json:"written_ms,omitempty"` // the writer's clock; decides nothing
	// Incarnation of the writer, and Number of the file within it: which of two
	// files is the older one. Zero in a clear file.
	Incarnation uint32 `json:"incarnation,omitempty"`
	Number      uint64 `json:"number,omitempty"`
}

// Older reports whether a file was written before another of the same device.
func (h Header) Older(than Header) bool {
	if h.Incarnation != than.Incarnation {
		return h.Incarnation < than.Incarnation
	}
	return h.Number < than.Number
}

// writer writes a file.
type writer struct {
	out    io.Writer // encrypts, and sums what it is given
	sum    hash.Hash
	sealed io.Closer // nil in a clear file, which only tests write
	domain string    // of the signature at the end
}

// newWriter writes the head of a file: what is in the clear, and the header with
// a signature of its own, so that a reader knows the writer before all else.
func newWriter(out io.Writer, h Header, key ed25519.PrivateKey, readers []*recipient) (*writer, error) {
	w := &writer{sum: sha256.New(), domain: domain}
	w.out = io.MultiWriter(out, w.sum)
	if err := w.writeJSON(magic, Header{Format: h.Format}); err != nil {
		return nil, err
	}
	sealed, err := encrypt(out, readers)
	if err != nil {
		return nil, err
	}
	w.out, w.sealed = io.MultiWriter(sealed, w.sum), sealed
	if err := w.writeJSON("", h); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(h)
	if err == nil {
		_, err = w.out.Write(ed25519.Sign(key, append([]byte(headerDomain), raw...)))
	}
	return w, fault.Wrap("write a carried file", err)
}

func (w *writer) writeJSON(before string, h Header) error {
	raw, err := json.Marshal(h)
	if err != nil {
		return fault.As(fault.Internal, "write a carried file", err)
	}
	if _, err := io.WriteString(w.out, before); err != nil {
		return fault.Wrap("write a carried file", err)
	}
	return w.writePart(raw)
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
	_, err := w.out.Write(append(bytes.Clone(sum), ed25519.Sign(key, append([]byte(w.domain), sum...))...))
	if w.sealed != nil {
		err = errors.Join(err, w.sealed.Close())
	}
	return fault.Wrap("write a carried file", err)
}

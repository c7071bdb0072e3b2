package carry

import (
	"crypto/sha256"
	"encoding/json"
	"io"

	"tongbu/internal/change"
)

// OutClear writes the file as programs before the encryption did.
func OutClear(out io.Writer, o Outward) error {
	w, err := clearWriter(out, o)
	if err != nil {
		return err
	}
	return (&outgoing{Outward: o, w: w, sum: newSummary(), introduced: map[change.DeviceID]bool{}}).write()
}

// SignClear writes such a file of a writer who says in it whatever they like.
func SignClear(out io.Writer, o Outward, frames []byte) error {
	w, err := clearWriter(out, o)
	if err == nil {
		_, err = w.out.Write(frames)
	}
	if err != nil {
		return err
	}
	return w.close(o.Key)
}

func clearWriter(out io.Writer, o Outward) (*writer, error) {
	w := &writer{sum: sha256.New(), domain: clearDomain}
	w.out = io.MultiWriter(out, w.sum)
	o.Header.Format, o.Header.Readers = clearFormat, nil
	return w, w.writeJSON(magic, o.Header)
}

// Reseal encrypts to other readers what was signed for the key's device: what one
// that may read a file can do with it.
func Reseal(out io.Writer, file io.Reader, o Inward, readers ...Reader) error {
	plain, err := Plain(file, o)
	if err != nil {
		return err
	}
	return Seal(out, plain, readers...)
}

// Seal encrypts a text as if it were what stands in a file.
func Seal(out io.Writer, plain []byte, readers ...Reader) error {
	to, err := recipientsOf(readers)
	if err != nil {
		return err
	}
	w := &writer{out: out}
	if err := w.writeJSON(magic, Header{Format: Format}); err != nil {
		return err
	}
	sealed, err := encrypt(out, to)
	if err != nil {
		return err
	}
	if _, err := sealed.Write(plain); err != nil {
		return err
	}
	return sealed.Close()
}

// Plain is what stands encrypted in a file.
func Plain(file io.Reader, o Inward) ([]byte, error) {
	if _, err := io.CopyN(io.Discard, file, int64(len(magic))); err != nil {
		return nil, err
	}
	head, err := json.Marshal(Header{Format: Format})
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, file, int64(4+len(head))); err != nil {
		return nil, err
	}
	plain, err := decrypt(file, o.Key)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(plain)
}

// MaxStored is how much one transaction stores.
const MaxStored = maxStored

// Sign writes a file whose writer says in it whatever they like.
func Sign(out io.Writer, o Outward, frames []byte) error {
	to, err := recipientsOf(o.Readers)
	if err != nil {
		return err
	}
	o.Header.Format = Format
	for _, r := range to {
		o.Header.Readers = append(o.Header.Readers, r.device)
	}
	w, err := newWriter(out, o.Header, o.Key, to)
	if err != nil {
		return err
	}
	if _, err := w.out.Write(frames); err != nil {
		return err
	}
	return w.close(o.Key)
}

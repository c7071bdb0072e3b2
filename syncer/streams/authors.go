package streams

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"sync"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
)

// author is what a device's certificate proves.
type author struct {
	unit        change.UnitID
	key         ed25519.PublicKey
	certificate []byte
}

// authors caches checked certificates.
type authors struct {
	verifier func() *identity.Verifier
	mu       sync.Mutex // guards known
	known    map[change.DeviceID]author
}

func (a *authors) init(verifier func() *identity.Verifier) {
	a.verifier, a.known = verifier, map[change.DeviceID]author{}
}

func (a *authors) get(d change.DeviceID) (author, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	who, ok := a.known[d]
	return who, ok
}

// check checks that the city's authority issued a certificate. Its dates do not
// matter: batches stay valid after the certificate has expired.
func (a *authors) check(certificate []byte) (change.DeviceID, author, error) {
	member, key, err := a.verifier().Author(certificate)
	return member.Device, author{unit: member.Unit, key: key, certificate: certificate}, err
}

func (a *authors) put(d change.DeviceID, who author) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known[d] = who
}

// Learn stores a device's certificate; it returns Denied for one that is not of
// this network.
func (c *Streams) Learn(ctx context.Context, certificate []byte) error {
	device, who, err := c.authors.check(certificate)
	if err != nil {
		return fault.As(fault.Denied, "learn a certificate", err)
	}
	if known, ok := c.authors.get(device); ok && bytes.Equal(known.certificate, certificate) {
		return nil
	}
	if err := c.storeAuthor(ctx, device, certificate); err != nil {
		return err
	}
	c.authors.put(device, who)
	return nil
}

func (c *Streams) storeAuthor(ctx context.Context, device change.DeviceID, certificate []byte) error {
	var stored []byte
	err := c.cfg.Journal.View(func(tx *journal.Tx) (err error) {
		stored, err = tx.Author(device)
		return err
	})
	if err != nil || bytes.Equal(stored, certificate) {
		return err
	}
	return c.update(ctx, func(tx *journal.Tx) error { return tx.PutAuthor(device, certificate) })
}

// author returns what a device's certificate proves; NotFound when it is not
// here.
func (c *Streams) author(d change.DeviceID) (author, error) {
	if who, ok := c.authors.get(d); ok {
		return who, nil
	}
	var certificate []byte
	err := c.cfg.Journal.View(func(tx *journal.Tx) (err error) {
		certificate, err = tx.Author(d)
		return err
	})
	if err != nil {
		return author{}, err
	}
	if certificate == nil {
		return author{}, fault.New(fault.NotFound, "certificate of device %s is not here", d)
	}
	_, who, err := c.authors.check(certificate)
	if err == nil {
		c.authors.put(d, who)
	}
	return who, err
}

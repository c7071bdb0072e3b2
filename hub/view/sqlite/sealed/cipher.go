package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"sync"

	"tongbu/internal/fault"
)

// A page as it is stored: the content, encrypted, then the tag and the nonce
// in the bytes that SQLite leaves free at its end. Of page 1 the first 100
// bytes stay plain, for SQLite reads them before it knows the size of a page;
// they say nothing of what is stored. Of 8 KiB new rows take a sixth less time than of
// 4, indexes are made in a seventh less, and an edit takes no more.
const (
	pageSize   = 8192
	tagSize    = 16
	nonceSize  = 12
	reserved   = tagSize + nonceSize
	usable     = pageSize - reserved
	headerSize = 100
)

// pageAt is where a page is stored: it is authenticated with the page.
type pageAt struct {
	log    bool  // in the write-ahead log
	offset int64 // in its file
}

// start is where the encrypted part of the page begins.
func (p pageAt) start() int {
	if !p.log && p.offset == 0 {
		return headerSize
	}
	return 0
}

// bound is what is authenticated with the page, in scratch.
func (p pageAt) bound(scratch []byte, page []byte) []byte {
	bound := scratch[:0]
	if p.log {
		bound = append(bound, 1)
	}
	bound = binary.BigEndian.AppendUint64(bound, uint64(p.offset))
	return append(bound, page[:p.start()]...)
}

// Cipher encrypts pages with AES-256-GCM under random nonces: good for 2^32
// writes of pages, 16 TiB, under one key. It is safe for concurrent use.
type Cipher struct{ aead cipher.AEAD }

// NewCipher returns the cipher of a key; Invalid for the key of zeros, which
// nobody has set.
func NewCipher(key [32]byte) (*Cipher, error) {
	if key == ([32]byte{}) {
		return nil, fault.New(fault.Invalid, "a view needs a key")
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fault.As(fault.Internal, "make the cipher of pages", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fault.As(fault.Internal, "make the cipher of pages", err)
	}
	return &Cipher{aead: aead}, nil
}

// scratch is what the work on one page needs.
type scratch struct {
	page  [pageSize]byte
	bound [9 + headerSize]byte
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// seal encrypts a page into s.page. It reports false for a page with something
// in the bytes that must be free.
func (c *Cipher) seal(at pageAt, s *scratch, page []byte) bool {
	for _, b := range page[usable:] {
		if b != 0 {
			return false
		}
	}
	start, nonce := at.start(), s.page[usable+tagSize:]
	copy(s.page[:], page[:start])
	if _, err := rand.Read(nonce); err != nil {
		return false
	}
	c.aead.Seal(s.page[start:start], nonce, page[start:usable], at.bound(s.bound[:], page))
	return true
}

// open decrypts a page in place and frees its last bytes. It reports false,
// and leaves the page encrypted, when it is not what was stored here. A page
// of zeros is one that was never written.
func (c *Cipher) open(at pageAt, page []byte) bool {
	start, s := at.start(), scratches.Get().(*scratch)
	defer scratches.Put(s)
	// Not in place: GCM clears what it cannot verify.
	plain, err := c.aead.Open(s.page[:0], page[usable+tagSize:], page[start:usable+tagSize], at.bound(s.bound[:], page))
	if err != nil {
		return zero(page)
	}
	copy(page[start:], plain)
	clear(page[usable:])
	return true
}

func zero(page []byte) bool {
	for _, b := range page {
		if b != 0 {
			return false
		}
	}
	return true
}

// Empty returns a database that holds nothing, as it is stored: one page.
// SQLite takes the layout of pages from it, so each file begins as this.
func (c *Cipher) Empty() ([]byte, error) {
	var s scratch
	if !c.seal(pageAt{}, &s, firstPage()) {
		return nil, fault.New(fault.Internal, "the first page cannot be encrypted")
	}
	return s.page[:], nil
}

// firstPage is page 1 of an empty database as SQLite would write it, with the
// bytes at the end of each page set aside and in write-ahead mode from the
// beginning: a rollback journal is never needed.
// https://www.sqlite.org/fileformat.html, section 1.3.
func firstPage() []byte {
	page := make([]byte, pageSize)
	copy(page, "SQLite format 3\x00")
	binary.BigEndian.PutUint16(page[16:], pageSize)
	page[18], page[19] = 2, 2 // write-ahead log
	page[20] = reserved
	page[21], page[22], page[23] = 64, 32, 32
	binary.BigEndian.PutUint32(page[24:], 1) // changes of the file
	binary.BigEndian.PutUint32(page[28:], 1) // pages
	binary.BigEndian.PutUint32(page[44:], 4) // format of the schema
	binary.BigEndian.PutUint32(page[56:], 1) // UTF-8
	binary.BigEndian.PutUint32(page[92:], 1) // changes when the version was noted
	binary.BigEndian.PutUint32(page[96:], 3045000)
	page[headerSize] = 0x0d // an empty leaf
	binary.BigEndian.PutUint16(page[headerSize+5:], usable)
	return page
}

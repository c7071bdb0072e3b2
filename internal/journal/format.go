package journal

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"hash/crc32"

	"go.etcd.io/bbolt"

	"tongbu/internal/fault"
)

// formatVersion is the layout that DESIGN.md describes. Version 2 is the same
// one: a file of it is given the number of this one when it is opened, because
// files beside the journal that a program of version 2 does not know belong to it
// since. A file gets cutVersion when a stream of it is cut first: a program of
// version 3 would make records again without the changes that are kept.
const (
	formatVersion = 3
	plainVersion  = 2 // without files beside it
	cutVersion    = 4 // with kept changes
)

// The entries of bucketFile. They are read before there is a key, so they are
// plain under a checksum: one of them that is damaged is told from a wrong
// key.
const (
	fileVersion = "version" // of the layout
	fileSalt    = "salt"    // of the file's own key
	fileCheck   = "check"   // tells whether a key is the right one
)

// identity is what a file says of itself.
type identity struct {
	version     uint64
	salt, check []byte
}

// formatFile makes an empty file a journal. It commits twice, so that both of
// the file's meta pages speak of a journal: were the newer one torn later, the
// older would be used.
func formatFile(db *bbolt.DB, key [keySize]byte, version uint64) error {
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return fault.As(fault.Internal, "make a salt", err)
	}
	check, err := checkValue(key, salt)
	if err != nil {
		return err
	}
	for range 2 {
		err := db.Update(func(tx *bbolt.Tx) error {
			return formatTx(tx, identity{version: version, salt: salt, check: check})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func formatTx(tx *bbolt.Tx, id identity) error {
	for _, name := range bucketNames() {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	file := tx.Bucket([]byte(bucketFile))
	for name, plain := range map[string][]byte{fileVersion: countKey(id.version), fileSalt: id.salt, fileCheck: id.check} {
		if err := file.Put([]byte(name), addSum([]byte(name), plain)); err != nil {
			return err
		}
	}
	return nil
}

// checkValue is what the right key makes of the salt: it tells nothing of the
// key itself.
func checkValue(key [keySize]byte, salt []byte) ([]byte, error) {
	value, err := hkdf.Key(sha256.New, key[:], salt, "tongbu journal check 2", 16)
	if err != nil {
		return nil, fault.As(fault.Internal, "derive the file's key", err)
	}
	return value, nil
}

// readIdentity reads the entries of bucketFile by get. It returns Damaged,
// and Unsupported for another version.
func readIdentity(get func(name string) []byte) (id identity, err error) {
	version, err := takeSum([]byte(fileVersion), get(fileVersion))
	if err == nil {
		id.version, err = parseCount(version)
	}
	if err != nil {
		return id, err
	}
	if id.version < plainVersion || id.version > cutVersion {
		return id, fault.New(fault.Unsupported, "the file is a journal of version %d, not %d", id.version, formatVersion)
	}
	if id.salt, err = takeSum([]byte(fileSalt), get(fileSalt)); err != nil {
		return id, err
	}
	id.check, err = takeSum([]byte(fileCheck), get(fileCheck))
	return id, err
}

// unlock returns the file's cipher, Denied for a wrong key.
func (id identity) unlock(key [keySize]byte) (cipher.AEAD, error) {
	want, err := checkValue(key, id.salt)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(want, id.check) != 1 {
		return nil, fault.New(fault.Denied, "the journal was written under another key").
			WithHint("it is in order, but its key is not the one at hand: vault.json and the key must be those of this directory")
	}
	return newCipher(key, id.salt)
}

// raiseVersion gives a file of version 2 the number of this one.
func raiseVersion(db *bbolt.DB) error {
	former := addSum([]byte(fileVersion), countKey(plainVersion))
	var stored []byte
	err := db.View(func(tx *bbolt.Tx) error {
		stored = bytes.Clone(tx.Bucket([]byte(bucketFile)).Get([]byte(fileVersion)))
		return nil
	})
	if err != nil || !bytes.Equal(stored, former) {
		return err
	}
	return fault.Wrap("raise the version of the journal", db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(bucketFile)).Put([]byte(fileVersion), addSum([]byte(fileVersion), countKey(formatVersion)))
	}))
}

// unlockFile returns the cipher of an open file of this version.
func unlockFile(tx *bbolt.Tx, key [keySize]byte) (cipher.AEAD, error) {
	file := tx.Bucket([]byte(bucketFile))
	if file == nil {
		return nil, fault.New(fault.Unsupported, "the file is no journal of version %d", formatVersion)
	}
	id, err := readIdentity(func(name string) []byte { return file.Get([]byte(name)) })
	if err != nil {
		return nil, err
	}
	for _, name := range bucketNames() {
		if tx.Bucket([]byte(name)) == nil {
			return nil, fault.New(fault.Damaged, "the journal has no %s", name)
		}
	}
	return id.unlock(key)
}

const sumSize = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// addSum puts the CRC32C of key and value before a value.
func addSum(key, plain []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, checksum(key, plain)), plain...)
}

// takeSum returns a copy of the value behind its sum, or Damaged.
func takeSum(key, stored []byte) ([]byte, error) {
	if len(stored) < sumSize {
		return nil, fault.New(fault.Damaged, "a stored value is cut short")
	}
	plain := stored[sumSize:]
	if binary.BigEndian.Uint32(stored) != checksum(key, plain) {
		return nil, fault.New(fault.Damaged, "a stored value does not match its checksum")
	}
	return bytes.Clone(plain), nil
}

func checksum(key, plain []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, plain)
}

package journal

import (
	"encoding/binary"
	"hash/crc32"

	"tongbu/internal/fault"
)

const sumSize = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal makes the stored form of a value: the CRC32C of key and value, then
// the value. The key is part of the sum, so that a page that came to the
// wrong place is seen. Encryption at rest would go here and in unseal.
func seal(key, plain []byte) []byte {
	stored := make([]byte, sumSize+len(plain))
	copy(stored[sumSize:], plain)
	binary.BigEndian.PutUint32(stored, checksum(key, plain))
	return stored
}

// unseal returns the value of a stored form, as a part of stored. It returns
// Damaged when the sum is not that of key and value.
func unseal(key, stored []byte) ([]byte, error) {
	if len(stored) < sumSize {
		return nil, fault.New(fault.Damaged, "a stored value is cut short")
	}
	plain := stored[sumSize:]
	if binary.BigEndian.Uint32(stored) != checksum(key, plain) {
		return nil, fault.New(fault.Damaged, "a stored value does not match its checksum")
	}
	return plain, nil
}

func checksum(key, plain []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, plain)
}

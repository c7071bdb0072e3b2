package change

import "tongbu/internal/fault"

// PackChanges compresses encoded changes of a stream that no batch holds any more: at
// most as many, and as large, as a batch may hold. size is what they take before
// that, which UnpackChanges is told. It returns Invalid for changes out of limits.
func PackChanges(in Stream, changes [][]byte) (packed []byte, size int, err error) {
	return packPayload(BatchColumns, in, 0, changes)
}

// UnpackChanges is the inverse of PackChanges. It returns Damaged for what that did
// not make.
func UnpackChanges(in Stream, count, size int, packed []byte) ([][]byte, error) {
	if count <= 0 || count > MaxBatchChanges || size <= 0 || size > MaxPayload {
		return nil, fault.New(fault.Damaged, "%d packed changes of %d bytes are out of limits", count, size)
	}
	h := &Header{Version: BatchColumns, Stream: in, Count: uint32(count), Size: uint32(size)}
	changes, ok, err := unpackPayload(h, packed)
	if err == nil && !ok {
		err = fault.New(fault.Damaged, "packed changes are not in canonical form")
	}
	return changes, err
}

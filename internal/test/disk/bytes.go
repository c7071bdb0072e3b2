package disk

import "slices"

// resize cuts bytes or adds zeros, in place where there is room.
func resize(b []byte, size int64) []byte {
	old := len(b)
	if size <= int64(old) {
		return b[:size]
	}
	b = slices.Grow(b, int(size)-old)[:size]
	clear(b[old:])
	return b
}

// overwrite puts data at a place, with zeros before it if need be.
func overwrite(b []byte, off int64, data []byte) []byte {
	if end := off + int64(len(data)); end > int64(len(b)) {
		b = resize(b, end)
	}
	copy(b[off:], data)
	return b
}

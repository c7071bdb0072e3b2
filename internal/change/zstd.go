package change

import (
	_ "embed" // the dictionary
	"sync"

	"github.com/klauspost/compress/zstd"

	"tongbu/internal/fault"
)

// dictionary is what batches are compressed against, so that one change alone
// need not carry the names of its fields: changes of each kind as Encode makes
// them, with values that say nothing. Its bytes never change; another one gets
// the next number, and readers know all of them.
//
//go:embed dictionary
var dictionary []byte

const dictionaryNo = 1

// One encoder and one decoder serve all batches: both work on whole buffers,
// start no goroutine, and hold a window no larger than a payload. The encoder's
// tables are some 3 MB, which the garbage collector takes back from a device that
// has sealed nothing for a while.
var (
	encoders = sync.Pool{New: func() any {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(MaxPayload), zstd.WithLowerEncoderMem(true),
			zstd.WithEncoderDictRaw(dictionaryNo, dictionary))
		if err != nil {
			panic(err)
		}
		return e
	}}
	decoder = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxPayload), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderDictRaw(dictionaryNo, dictionary))
		if err != nil {
			panic(err)
		}
		return d
	})
)

func compress(plain []byte) []byte {
	e := encoders.Get().(*zstd.Encoder)
	defer encoders.Put(e)
	return e.EncodeAll(plain, nil)
}

func decompress(packed []byte, size uint32) ([]byte, error) {
	plain, err := decoder().DecodeAll(packed, make([]byte, 0, size))
	if err != nil {
		return nil, fault.As(fault.Damaged, "decompress a batch", err)
	}
	if len(plain) != int(size) {
		return nil, fault.New(fault.Damaged, "a payload has %d bytes, its header says %d", len(plain), size)
	}
	return plain, nil
}

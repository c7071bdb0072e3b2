package change

import (
	_ "embed" // the dictionary
	"sync"
	"sync/atomic"

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
// start no goroutine, and hold a window no larger than a payload.
var (
	encoder atomic.Pointer[zstd.Encoder]
	decoder = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxPayload), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderDictRaw(dictionaryNo, dictionary))
		if err != nil {
			panic(err)
		}
		return d
	})
)

func newEncoder() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(MaxPayload), zstd.WithLowerEncoderMem(true),
		zstd.WithEncoderDictRaw(dictionaryNo, dictionary))
	if err != nil {
		panic(err)
	}
	return e
}

func compress(plain []byte) []byte {
	e := encoder.Load()
	for e == nil {
		encoder.CompareAndSwap(nil, newEncoder())
		e = encoder.Load()
	}
	return e.EncodeAll(plain, nil)
}

// Rest gives up the encoder's tables, some 3 MB, which the next batch makes again: for
// a program that has nothing to seal for now.
func Rest() { encoder.Store(nil) }

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

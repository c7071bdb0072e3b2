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

// columnDictionary is what values by column are compressed against: the names of
// fields and the codes of the schema as package columns writes them.
//
//go:embed dictionary-columns
var columnDictionary []byte

const (
	dictionaryNo       = 1
	columnDictionaryNo = 2
)

// One encoder of each sort and one decoder serve all: they work on whole buffers,
// start no goroutine, and hold a window no larger than a payload.
var (
	sealing  = lazyEncoder{options: []zstd.EOption{againstDictionary, zstd.WithEncoderCRC(false)}}                            // the header's hash covers it
	columnar = lazyEncoder{options: []zstd.EOption{againstColumns, zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true)}} // of values by column
	packing  = lazyEncoder{options: []zstd.EOption{againstDictionary}}                                                        // no hash covers it
	decoder  = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxPayload), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderDictRaw(dictionaryNo, dictionary), zstd.WithDecoderDictRaw(columnDictionaryNo, columnDictionary))
		if err != nil {
			panic(err)
		}
		return d
	})
)

var (
	againstDictionary = zstd.WithEncoderDictRaw(dictionaryNo, dictionary)
	againstColumns    = zstd.WithEncoderDictRaw(columnDictionaryNo, columnDictionary)
)

// lazyEncoder is made when it is used. The fastest level makes a change alone
// smaller than the default does, and takes two thirds of the time.
type lazyEncoder struct {
	made    atomic.Pointer[zstd.Encoder]
	options []zstd.EOption
}

func (l *lazyEncoder) compress(plain []byte) []byte {
	e := l.made.Load()
	for e == nil {
		l.made.CompareAndSwap(nil, newEncoder(l.options...))
		e = l.made.Load()
	}
	return e.EncodeAll(plain, nil)
}

func newEncoder(options ...zstd.EOption) *zstd.Encoder {
	e, err := zstd.NewWriter(nil, append([]zstd.EOption{zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(MaxPayload), zstd.WithLowerEncoderMem(true)}, options...)...)
	if err != nil {
		panic(err)
	}
	return e
}

// Rest gives up the encoders' tables, some 3 MB, which the next batch makes again: for
// a program that has nothing to seal for now.
func Rest() {
	sealing.made.Store(nil)
	columnar.made.Store(nil)
	packing.made.Store(nil)
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

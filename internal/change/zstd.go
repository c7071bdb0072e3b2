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

// One encoder and decoder of each sort serve all: they work on whole buffers, start no
// goroutine, and hold a window no larger than a payload. A decoder knows the dictionary
// of its form alone: what a program of before cannot read nobody reads.
var (
	encoders atomic.Pointer[encoderSet]
	decoders = sync.OnceValue(func() *decoderSet {
		return &decoderSet{rows: newDecoder(dictionaryNo, dictionary), columns: newDecoder(columnDictionaryNo, columnDictionary)}
	})
)

// decoderSet are the decoders, which are made together when one is used.
type decoderSet struct{ rows, columns *zstd.Decoder }

func newDecoder(no uint32, dictionary []byte) *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxPayload), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderDictRaw(no, dictionary))
	if err != nil {
		panic(err)
	}
	return d
}

// encoderSet are the encoders, which are made together when one is used. The fastest
// level makes a change alone smaller than the default does, and takes two thirds of
// the time.
type encoderSet struct {
	rows    *zstd.Encoder // the header's hash covers what it makes
	columns *zstd.Encoder
	packed  *zstd.Encoder // no hash covers it: it adds a checksum
}

func encoding() *encoderSet {
	e := encoders.Load()
	for e == nil {
		encoders.CompareAndSwap(nil, newEncoders())
		e = encoders.Load()
	}
	return e
}

func newEncoders() *encoderSet {
	againstRows, noChecksum := zstd.WithEncoderDictRaw(dictionaryNo, dictionary), zstd.WithEncoderCRC(false)
	return &encoderSet{
		rows:    newEncoder(againstRows, noChecksum),
		columns: newEncoder(zstd.WithEncoderDictRaw(columnDictionaryNo, columnDictionary), noChecksum, zstd.WithSingleSegment(true)),
		packed:  newEncoder(againstRows),
	}
}

func newEncoder(options ...zstd.EOption) *zstd.Encoder {
	e, err := zstd.NewWriter(nil, append([]zstd.EOption{zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(MaxPayload), zstd.WithLowerEncoderMem(true)}, options...)...)
	if err != nil {
		panic(err)
	}
	e.EncodeAll(nil, nil) // it makes now what it makes once
	return e
}

// Rest gives up the encoders' tables, some 3 MB, which the next batch makes again: for
// a program that has nothing to seal for now.
func Rest() { encoders.Store(nil) }

func decompress(packed []byte, size uint32) ([]byte, error) {
	plain, err := decoders().rows.DecodeAll(packed, make([]byte, 0, size))
	if err != nil {
		return nil, fault.As(fault.Damaged, "decompress a batch", err)
	}
	if len(plain) != int(size) {
		return nil, fault.New(fault.Damaged, "a payload has %d bytes, its header says %d", len(plain), size)
	}
	return plain, nil
}

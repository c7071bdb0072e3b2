package system

import "tongbu/internal/change"

// Formats are versions of what devices write for each other and must all be able
// to read. A version that is not said is that of the programs which did not say
// any.
type Formats struct {
	Batch    uint64 `json:"batch"`    // version of a sealed batch
	Receipts uint64 `json:"receipts"` // form of the city's receipts
	Words    uint64 `json:"words"`    // 1: a word names one change; 2: also a range
}

// The versions of batches, receipts and words.
const (
	ColumnBatches  = change.BatchColumns // may have their values by column
	MarkedReceipts = 2                   // say how far the city had spoken to the author's unit
	RangeWords     = 2                   // may name a range of a stream
)

// Before is what every program reads, also one that says nothing.
var Before = Formats{Batch: change.BatchRows, Receipts: 1, Words: 1}

// Readable is what this program reads.
var Readable = Formats{Batch: ColumnBatches, Receipts: MarkedReceipts, Words: RangeWords}

// FormatNames are the names of the formats, in the order in which people see them.
var FormatNames = []string{"batch", "receipts", "words"}

// version is the version of the format of the name; nil for another name.
func (f *Formats) version(name string) *uint64 {
	switch name {
	case "batch":
		return &f.Batch
	case "receipts":
		return &f.Receipts
	case "words":
		return &f.Words
	}
	return nil
}

// Version is the version of a format of FormatNames, 0 of any other.
func (f Formats) Version(name string) uint64 {
	if v := f.version(name); v != nil {
		return *v
	}
	return 0
}

// With is f with another version of a format of FormatNames.
func (f Formats) With(name string, version uint64) Formats {
	if v := f.version(name); v != nil {
		*v = version
	}
	return f
}

// Common is the lower version of each format: what both read.
func (f Formats) Common(o Formats) Formats {
	for _, name := range FormatNames {
		f = f.With(name, min(f.Version(name), o.Version(name)))
	}
	return f
}

// Raised is the higher version of each format.
func (f Formats) Raised(to Formats) Formats {
	for _, name := range FormatNames {
		f = f.With(name, max(f.Version(name), to.Version(name)))
	}
	return f
}

// Reads reports whether whoever reads f reads what is written in o.
func (f Formats) Reads(o Formats) bool { return f.Common(o) == o }

// readFormats reads the versions from fields; one that is not said, or no number,
// is that of Before.
func readFormats(value func(field string) change.Value) Formats {
	f := Before
	for _, name := range FormatNames {
		f = f.With(name, max(f.Version(name), number(value(name))))
	}
	return f
}

func (f Formats) fields() map[string]change.Value {
	fields := map[string]change.Value{}
	for _, name := range FormatNames {
		fields[name] = change.Int(int64(f.Version(name)))
	}
	return fields
}
